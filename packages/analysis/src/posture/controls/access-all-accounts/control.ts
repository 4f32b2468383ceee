import { bindingControl, placeSays, tellsLittle } from "../../../access/binding-control.ts";

export const accessAllAccounts = bindingControl({
  id: "access-all-accounts",
  title: "No rights go to all service accounts of the cluster",
  attack:
    "The group system:serviceaccounts holds every service account of every namespace. A right of this group is in the token of each pod, also of those that need no rights at all. An attacker who gets into any of them has it.",
  severity: "high",
  severityBecause: "every pod with a token has it, whatever its namespace",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.5"],
    attack: ["T1078"],
  },
  says: ({ sort, role, where, rules }) => {
    if (sort !== "accounts") return undefined;
    const given = rules();
    return given === undefined || tellsLittle(given)
      ? undefined
      : `has ${role.kind} ${role.name} ${placeSays(where)}: every service account of every namespace`;
  },
});
