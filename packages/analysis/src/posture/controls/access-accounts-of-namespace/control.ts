import { bindingControl, placeSays, tellsLittle } from "../../../access/binding-control.ts";

export const accessAccountsOfNamespace = bindingControl({
  id: "access-accounts-of-namespace",
  title: "Rights go to named service accounts, not to all of a namespace",
  attack:
    "A group holds all service accounts of one namespace, also those that are made later. Whatever is bound to it stands in the token of each of its pods. A pod that needs nothing then carries what its neighbour needed.",
  severity: "low",
  severityBecause: "it spreads a right within one namespace and adds none",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.5"],
  },
  says: ({ sort, role, where, rules }) => {
    if (sort !== "accounts-of-namespace") return undefined;
    const given = rules();
    return given === undefined || tellsLittle(given)
      ? undefined
      : `has ${role.kind} ${role.name} ${placeSays(where)}: every service account of a namespace`;
  },
});
