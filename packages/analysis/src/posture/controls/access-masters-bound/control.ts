import { bindingControl } from "../../../access/binding-control.ts";

export const accessMastersBound = bindingControl({
  id: "access-masters-bound",
  title: "Nothing is bound to system:masters",
  attack:
    "Members of system:masters may do everything before any rule is asked. A binding to that group gives nothing, but keeps certificates of it in use and looks as if rights could be taken away there. Whoever holds such a certificate stays administrator until it ends, whatever is deleted.",
  severity: "low",
  severityBecause: "the binding itself adds nothing",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.7"],
    attack: ["T1078"],
  },
  mind: "it changes nothing for members: make them users or groups of other names with a binding of their own",
  says: ({ sort, role }) =>
    sort === "masters"
      ? `may do everything already; the binding of ${role.kind} ${role.name} takes and gives nothing`
      : undefined,
});
