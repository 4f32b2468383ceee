import { bindingControl } from "../../../access/binding-control.ts";

export const accessNamespaceClusterAdmin = bindingControl({
  id: "access-namespace-cluster-admin",
  title: "Nobody is cluster-admin of a namespace: admin is made for that",
  attack:
    "Bound in a namespace, cluster-admin gives everything in it: its quota, its labels and its roles without limit, with escalate and bind. A holder sets the namespace's Pod Security level to privileged and starts a pod with the node's disk. From a namespace they come to the node.",
  severity: "high",
  severityBecause: "with the namespace's labels it reaches the nodes, which admin does not",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.1"],
    attack: ["T1078", "T1611"],
  },
  mind: "bind admin or edit in its place first",
  says: ({ sort, role, where }) =>
    (sort === "user" || sort === "group" || sort === "account") && role.name === "cluster-admin" && where !== ""
      ? `is cluster-admin of namespace ${where}, its limits and labels among it`
      : undefined,
});
