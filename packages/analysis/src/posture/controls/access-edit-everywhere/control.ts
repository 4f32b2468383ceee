import { bindingControl } from "../../../access/binding-control.ts";

export const accessEditEverywhere = bindingControl({
  id: "access-edit-everywhere",
  title: "Nobody is admin or edit of every namespace",
  attack:
    "Bound in the whole cluster, admin and edit reach kube-system and all teams' namespaces. A holder reads every Secret, makes tokens of every service account, and runs pods under the strongest of them. That is cluster-admin with one step between.",
  severity: "critical",
  severityBecause: "a token of the cluster's own controllers is one request away",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.1", "5.1.2"],
    attack: ["T1078", "T1528"],
  },
  mind: "bind the role in the namespaces that are theirs first",
  says: ({ sort, role, where }) =>
    (sort === "user" || sort === "group" || sort === "account") &&
    (role.name === "admin" || role.name === "edit") &&
    where === ""
      ? `is ${role.name} of every namespace, kube-system among them`
      : undefined,
});
