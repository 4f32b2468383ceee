import { podSecurityPolicy, versionLabel } from "@bulkhead/policy";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

const label = versionLabel("enforce");
/** The version whose standards last came to forbid something new: probes and hooks to other hosts. */
const lastStricter = 34;

export const namespacePodSecurityVersion = objectControl(kinds.namespace, {
  id: "namespace-pod-security-version",
  title: "Pod Security levels are not pinned to outdated standards",
  area: "namespaces",
  attack:
    "The Pod Security Standards grow with Kubernetes, and a namespace pinned to an old version is judged by the old ones. What was forbidden since passes there, such as probes and lifecycle hooks that the kubelet sends to an address of the pod author's choice. He uses the node's place in the network to reach what no pod may.",
  severity: "low",
  severityBecause: "only the few rules that came later are missing, the rest of the level holds",
  frameworks: { nsa: ["pod-security"], owasp: ["K04:2025"], pci: ["6.3.3"] },
  check: ({ metadata }, view) => {
    const { enforce } = podSecurityPolicy(metadata.labels, view.settings.podSecurityDefault);
    if (enforce.minor === undefined || enforce.minor >= lastStricter || enforce.level === "privileged") return [];
    return [
      {
        field: `metadata.labels["${label}"]`,
        says: `the namespace is judged by the standards of 1.${enforce.minor}, and what they came to forbid since passes`,
        passing: "latest",
      },
    ];
  },
  fix: (namespace, breach) => ({
    kind: "edits",
    edits: [{ op: "set", object: refOf(namespace), field: breach.field, value: "latest" }],
    mind: "latest follows every upgrade of the cluster; pin the version of the cluster instead if that is not wanted",
  }),
});
