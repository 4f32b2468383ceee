import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const runtimeSeccompDefault = factControl(kinds.nodeFacts, {
  id: "runtime-seccomp-default",
  title: "Pods that name no seccomp profile get the default one",
  area: "runtime",
  attack:
    "A seccomp profile takes from a container the system calls that it never needs and that kernel exploits begin with. Kubernetes runs pods unconfined unless they ask, or the kubelet gives the default of the runtime. A forgotten line in a manifest then leaves the whole kernel within reach.",
  severity: "medium",
  severityBecause: "pods may still ask for a profile themselves",
  frameworks: {
    cis: ["4.2.14"],
    nsa: ["pod-security"],
    attack: ["T1611", "T1068"],
    nist: ["4.4.3"],
  },
  fact: "seccompDefault",
  check: (on) => (on ? undefined : "pods without a seccomp profile run unconfined"),
  passing: "true",
  how: "set seccompDefault: true in the KubeletConfiguration of the node, then restart the kubelet; pods that need more name their own profile",
});
