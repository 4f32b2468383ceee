import { bindingControl } from "../../../access/binding-control.ts";

export const accessAccountAsUser = bindingControl({
  id: "access-account-as-user",
  title: "Service accounts are bound as such and not under a user's name",
  attack:
    "A service account's user name can be bound like a person's, and RBAC lets it count. Listings by account do not show such a binding, and it holds for whoever makes an account of that name in that namespace. Rights thought to be gone with a workload are still there for the next one.",
  severity: "low",
  severityBecause: "it hides a right and adds none",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1098"],
  },
  mind: "bind the ServiceAccount itself first where the right is needed",
  says: ({ sort }) =>
    sort === "account-as-user"
      ? "is a service account under a user's name, which no listing by account shows"
      : undefined,
});
