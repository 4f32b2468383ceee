import { bindingControl, placeSays, tellsLittle } from "../../../access/binding-control.ts";

export const accessEveryone = bindingControl({
  id: "access-everyone",
  title: "No rights go to everyone with an identity",
  attack:
    "The group system:authenticated holds every user and every service account, and on some clouds everyone with an account there. A right of this group is a right of the least guarded pod and of the person who left last year. An attacker in any pod has it without looking for more.",
  severity: "high",
  severityBecause: "it is open to every pod and user, though to nobody without a credential",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K09:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1078"],
  },
  says: ({ sort, role, where, rules }) => {
    if (sort !== "authenticated") return undefined;
    const given = rules();
    return given === undefined || tellsLittle(given)
      ? undefined
      : `has ${role.kind} ${role.name} ${placeSays(where)}: every user and every pod with a token`;
  },
});
