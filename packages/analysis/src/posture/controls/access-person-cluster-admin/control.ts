import { bindingControl } from "../../../access/binding-control.ts";

export const accessPersonClusterAdmin = bindingControl({
  id: "access-person-cluster-admin",
  title: "People are cluster-admin by the hour and not for good",
  attack:
    "Whoever is bound to cluster-admin is it at every command, also at those that a fetched script or a copied kubeconfig runs. An attacker who gets a file from a laptop has the cluster at once and for as long as the credential lasts. Nothing tells their requests from the person's.",
  severity: "high",
  severityBecause: "someone has to hold it, but a standing binding turns each of their machines into the cluster's key",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.4"],
    cis: ["5.1.1"],
    attack: ["T1078"],
  },
  byHand: {
    why: "a cluster needs some administrator, and no object says who that ought to be",
    how: "bind people to view or to roles of their task, keep one sealed credential for emergencies, and bind cluster-admin for the hours that a task takes",
  },
  says: ({ sort, role, where }) =>
    (sort === "user" || sort === "group") && role.name === "cluster-admin" && where === ""
      ? "is cluster-admin for good"
      : undefined,
});
