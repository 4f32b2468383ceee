import { bindingControl, placeSays, tellsLittle } from "../../../access/binding-control.ts";

export const accessAnonymous = bindingControl({
  id: "access-anonymous",
  title: "Requests without an identity get nothing but what tells little",
  attack:
    "Requests that show no credentials are system:anonymous, of the group system:unauthenticated. Anyone who reaches the API server's port has what these are bound to, and scanners find such ports within hours. They need neither a flaw nor a stolen token, and the trail has no name in it.",
  severity: "critical",
  severityBecause: "it is open to everyone who reaches the port",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K09:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.1"],
    attack: ["T1078", "T1133"],
  },
  says: ({ sort, role, where, rules }) => {
    if (sort !== "anonymous") return undefined;
    const given = rules();
    return given === undefined || tellsLittle(given)
      ? undefined
      : `has ${role.kind} ${role.name} ${placeSays(where)}: whoever reaches the API server, without credentials`;
  },
});
