import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const workloadBarePod = objectControl(kinds.pod, {
  id: "workload-bare-pod",
  title: "Pods that serve are made by a controller",
  area: "workloads",
  attack:
    "Security fixes reach programs by being rolled out, and what a controller made is replaced whenever its template changes. A pod made by hand keeps its old image until somebody remembers it, and is gone for good when its node fails. An attacker finds the one program that nobody updated, or takes a service away by taking one node.",
  severity: "low",
  severityBecause: "it lets flaws grow old and makes one service easy to take away, and is no flaw by itself",
  frameworks: { nsa: ["upgrading"], attack: ["T1499"], nist: ["4.4.5"] },
  check: ({ metadata, spec, status }) => {
    const { restartPolicy = "Always" } = spec ?? {};
    // A static pod is its node's, and one that ends by itself is a task, not a service.
    if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined || restartPolicy !== "Always")
      return "not-applicable";
    if (status?.phase === "Succeeded" || status?.phase === "Failed") return "not-applicable";
    return (metadata.ownerReferences ?? []).length > 0
      ? []
      : [{ field: "metadata.ownerReferences", says: "nothing makes this pod anew when it or its node ends" }];
  },
  fix: ({ metadata }) => ({
    kind: "by-hand",
    why: "a running pod cannot be given to a controller as it is: its spec holds what admission and scheduler filled in",
    how: `write a Deployment with the spec of ${metadata.name ?? "the pod"} as its template (a StatefulSet where it keeps data, a Job where it ends), apply it, and delete the pod once it serves`,
  }),
});
