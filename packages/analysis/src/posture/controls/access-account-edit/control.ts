import { bindingControl } from "../../../access/binding-control.ts";

export const accessAccountEdit = bindingControl({
  id: "access-account-edit",
  title: "Service accounts hold roles of their own and not admin or edit",
  attack:
    "admin and edit are made for people: they give every Secret, every token and every pod of the namespace. A service account that has them has those in a file of each of its pods. A flaw in one program is then the namespace whole.",
  severity: "medium",
  severityBecause: "it stays within a namespace",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.2", "5.1.4"],
    attack: ["T1078", "T1528"],
  },
  mind: "give it the rights that the audit log shows for its name, before this is taken away",
  says: ({ sort, role, where }) =>
    sort === "account" && role.kind === "ClusterRole" && (role.name === "admin" || role.name === "edit") && where !== ""
      ? `is ${role.name} of namespace ${where}: every Secret and every other account there is its pods'`
      : undefined,
});
