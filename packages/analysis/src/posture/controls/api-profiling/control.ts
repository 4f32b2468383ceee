import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiProfiling = factControl(kinds.controlPlaneFacts, {
  id: "api-profiling",
  title: "Control plane programs do not serve profiles",
  area: "control-plane",
  attack:
    "Profiling addresses show what a program does inside: stack traces, memory, command line. Whoever may ask for them learns how the server is set up and can keep it busy with long traces. Such knowledge makes the next attack cheaper, and the load can slow the control plane down.",
  severity: "low",
  severityBecause: "it takes rights to ask, and gives details rather than access",
  frameworks: {
    cis: ["1.2.15", "1.3.2", "1.4.1"],
    attack: ["T1613"],
  },
  fact: "profiling",
  only: "kubernetes",
  check: (programs) =>
    programs.map((program) => ({ key: program, says: `${program} serves profiles under /debug/pprof` })),
  passing: "[]",
  how: "set --profiling=false for the program that is named (with kubeadm: in its file under /etc/kubernetes/manifests)",
});
