import type { KubeObject } from "@bulkhead/api";
import { systemNamespaces } from "../../../deciders/policy-rules.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { workloadsIn } from "../../workload.ts";

const bounds = /^(pods|count\/pods|cpu|memory|(requests|limits)\.(cpu|memory))$/;

const replicasOf = ({ object }: { readonly object: KubeObject }): number => {
  const { spec } = object as { spec?: { replicas?: number; parallelism?: number } };
  return spec?.replicas ?? spec?.parallelism ?? 1;
};

export const namespaceQuota = objectControl(kinds.namespace, {
  id: "namespace-quota",
  title: "Namespaces with workloads have a quota",
  area: "namespaces",
  attack:
    "Without a ResourceQuota a namespace may fill the cluster with pods. Whoever may deploy in it, by a stolen token or a broken pipeline, starts as many miners or scanners as the nodes carry. All other tenants' pods then wait, are evicted or die of memory.",
  severity: "low",
  severityBecause: "it costs availability and money, and gives no further right",
  frameworks: { nsa: ["pod-security"], attack: ["T1496", "T1499"], owasp: ["K04:2025"] },
  check: ({ metadata }, view) => {
    const name = metadata.name ?? "";
    if (systemNamespaces.has(name)) return "not-applicable";
    if (workloadsIn(view, name).length === 0) return "not-applicable";
    const bounded = view
      .list(kinds.resourceQuota, name)
      .some(({ spec }) => Object.keys(spec?.hard ?? {}).some((key) => bounds.test(key)));
    return bounded
      ? []
      : [{ field: "metadata.name", says: `no ResourceQuota of namespace ${name} bounds its pods, CPU or memory` }];
  },
  fix: ({ metadata }, _, view) => {
    const namespace = metadata.name ?? "";
    const pods = workloadsIn(view, namespace).reduce((sum, workload) => sum + replicasOf(workload), 0);
    const taken = new Set(view.list(kinds.resourceQuota, namespace).map((quota) => quota.metadata.name));
    const quota = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { namespace, name: taken.has("pods") ? "pods-bound" : "pods" },
      spec: { hard: { pods: String(Math.max(20, pods * 3)) } },
    };
    return {
      kind: "edits",
      edits: [{ op: "create", create: quota as KubeObject }],
      mind: `it bounds pods at ${quota.spec.hard.pods}, three times what the workloads ask for; bound CPU and memory too once every container says what it needs`,
    };
  },
});
