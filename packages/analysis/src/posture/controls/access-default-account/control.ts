import { bindingControl, placeSays } from "../../../access/binding-control.ts";

export const accessDefaultAccount = bindingControl({
  id: "access-default-account",
  title: "The account default has no rights",
  attack:
    "Every pod that names no account runs under the one called default. A right that is given to it, mostly for one workload in a hurry, is in the token of all of these. An attacker who gets into the simplest of them has what the one workload needed.",
  severity: "medium",
  severityBecause: "pods have it without anyone having chosen so",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.5"],
    attack: ["T1078"],
  },
  mind: "give the workload that needs it an account of its own first",
  says: ({ sort, role, where, rules }) =>
    sort !== "default-account" || rules() === undefined
      ? undefined
      : `has ${role.kind} ${role.name} ${placeSays(where)}, and with it each pod that names no account`,
});
