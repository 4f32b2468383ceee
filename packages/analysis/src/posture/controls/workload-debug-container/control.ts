import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const workloadDebugContainer = objectControl(kinds.pod, {
  id: "workload-debug-container",
  title: "No debug containers are left in pods",
  area: "workloads",
  attack:
    "An ephemeral container is put into a running pod to look into it, often with a shell, tools and more rights than the pod. It stays until it ends by itself, and nobody's review ever saw it. An attacker who gets into the pod finds the tools ready, and one who may add such containers hides one among them.",
  severity: "medium",
  severityBecause: "tools and rights that no manifest shows run on in the pod, with access to its files and network",
  frameworks: { nsa: ["pod-security"], attack: ["T1609", "T1610"], owasp: ["K01:2025"], nist: ["4.4.5"] },
  check: ({ spec, status }) =>
    (spec?.ephemeralContainers ?? []).flatMap(({ name }, i) =>
      status?.ephemeralContainerStatuses?.find((one) => one.name === name)?.state?.terminated === undefined
        ? [
            {
              field: `spec.ephemeralContainers[${i}]`,
              key: name,
              says: `debug container ${name} is still in the pod and has not ended`,
            },
          ]
        : [],
    ),
  fix: (pod, { key = "" }) => {
    const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller === true);
    if (controller === undefined)
      return {
        kind: "by-hand",
        why: "an ephemeral container cannot be taken out of a pod, and nothing would make this pod anew",
        how: `end the shell in ${key}, or delete the pod and create it from its manifest`,
      };
    return {
      kind: "edits",
      edits: [{ op: "delete", object: refOf(pod) }],
      breaks: "what the pod is doing at that moment is cut off, and the session in the debug container with it",
      mind: `${controller.kind} ${controller.name} makes a pod in its place, without the debug container`,
    };
  },
});
