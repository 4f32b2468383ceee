import { bindingControl } from "../../../access/binding-control.ts";
import { kinds } from "../../../snapshot/kinds.ts";

export const accessForeignAccount = bindingControl({
  id: "access-foreign-account",
  title: "Rights in a namespace go to its own service accounts",
  attack:
    "A binding can name a service account of another namespace. Whoever may make pods in that other namespace then has rights in this one, and this one's owners do not see who that is. A namespace that was taken over takes the next one with it.",
  severity: "low",
  severityBecause: "it is how operators and monitoring work, but it joins two namespaces",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1", "4.3.4"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1078"],
  },
  says: ({ sort, role, where, subject }, view) => {
    if (sort !== "account" || where === "" || subject.namespace === where) return undefined;
    // Those have controls of their own, as has an account that is missing.
    if (["cluster-admin", "admin", "edit"].includes(role.name) && role.kind === "ClusterRole") return undefined;
    if (view.get(kinds.serviceAccount, subject.namespace ?? "", subject.name) === undefined) return undefined;
    return `of another namespace has ${role.kind} ${role.name} in namespace ${where}`;
  },
});
