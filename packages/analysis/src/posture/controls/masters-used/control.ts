import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const mastersUsed = factControl(kinds.controlPlaneFacts, {
  id: "masters-used",
  title: "Nobody works as system:masters",
  area: "control-plane",
  attack:
    "The group system:masters is asked for nothing: no Role limits it and none can be taken away from it. A certificate of that group, copied from a laptop or a CI job, is the cluster until it ends. It cannot be revoked before.",
  severity: "medium",
  severityBecause: "it takes the theft of a certificate, which then cannot be taken back",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["5.1.7"],
    attack: ["T1078"],
    owasp: ["K02:2025"],
  },
  fact: "mastersUsed",
  check: (value) => (value ? "certificates of the group system:masters were used lately" : undefined),
  passing: "false",
  how: "give people identities whose rights are ClusterRoles (a binding to cluster-admin can be removed again), and keep the certificate of system:masters locked away for emergencies",
});
