import { bindingControl } from "../../../access/binding-control.ts";

export const accessAccountClusterAdmin = bindingControl({
  id: "access-account-cluster-admin",
  title: "No service account is cluster-admin",
  attack:
    "A service account's token lies in a file of each of its pods. Whoever runs code in one of these, by a flaw in the program or in one of its libraries, reads that file. As cluster-admin the token is the whole cluster: all Secrets, all nodes, all rights.",
  severity: "critical",
  severityBecause: "one flaw in one program is the whole cluster",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.1"],
    attack: ["T1078", "T1528"],
  },
  mind: "give it the rights that the audit log shows for its name, before this is taken away",
  says: ({ sort, role, where }) =>
    sort === "account" && role.name === "cluster-admin" && where === ""
      ? "is cluster-admin: its pods' tokens open everything"
      : undefined,
});
