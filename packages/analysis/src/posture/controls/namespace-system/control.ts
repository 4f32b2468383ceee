import { systemNamespaces } from "../../../deciders/policy-rules.ts";
import { workloadControl } from "../../control.ts";
import type { Workload } from "../../workload.ts";

/** What parts of a cluster, and add-ons that its provider keeps, wear. */
const marks =
  /^(k8s-app|tier|component|kubernetes\.io\/cluster-service|addonmanager\.kubernetes\.io\/mode|addon\.kops\.k8s\.io\/name|eks\.amazonaws\.com\/component|kubernetes\.azure\.com\/managedby|app\.kubernetes\.io\/part-of|security\.bulkhead\.dev\/.*)$/;

const isPart = ({ object, template, spec }: Workload): boolean =>
  [object.metadata.labels, template.metadata.labels].some((labels) =>
    Object.keys(labels ?? {}).some((name) => marks.test(name)),
  ) ||
  spec.priorityClassName?.startsWith("system-") === true ||
  (object.metadata.ownerReferences ?? []).some(({ kind }) => kind === "Node");

export const namespaceSystem = workloadControl({
  id: "namespace-system",
  title: "Namespaces of the cluster hold the cluster's own parts only",
  area: "namespaces",
  attack:
    "kube-system holds the cluster's own Secrets and accounts, and is left out by most policies and webhooks. A workload put there runs without the rules that hold everywhere else, and shares a namespace with accounts that may do everything. Whoever compromises it, or may deploy there, is a step from the whole cluster.",
  severity: "medium",
  severityBecause: "rules that others must keep do not hold there, while the workload must still be compromised",
  frameworks: {
    cis: ["5.6.1"],
    nsa: ["authentication-authorization"],
    attack: ["T1610"],
    owasp: ["K04:2025"],
    nist: ["4.3.4"],
  },
  check: (workload) => {
    const { namespace } = workload;
    if (!systemNamespaces.has(namespace) || isPart(workload)) return [];
    return [
      { field: "metadata.namespace", says: `it lives in ${namespace} and wears no mark of a part of the cluster` },
    ];
  },
  fix: ({ ref }) => ({
    kind: "by-hand",
    why: "an object cannot move, and whether it is a part of the cluster after all cannot be seen from it",
    how: `apply ${ref.kind.toLowerCase()}/${ref.name} with what it needs in a namespace of its own and delete it here; label it app.kubernetes.io/part-of if it is a part of the cluster`,
  }),
});
