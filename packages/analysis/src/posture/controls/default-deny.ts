import type { KubeObject, Namespace, NetworkPolicy, Service } from "@bulkhead/api";
import type { Direction } from "@bulkhead/policy";
import { namespaceTraffic, newcomer } from "../../deciders/network.ts";
import { clusterDns, systemNamespaces } from "../../deciders/policy-rules.ts";
import { kinds } from "../../snapshot/kinds.ts";
import type { View } from "../../snapshot/view.ts";
import type { Breach, Edit } from "../control.ts";
import { workloadsIn } from "../workload.ts";

const networkPolicy = (namespace: string, name: string, spec: NetworkPolicy["spec"]): Edit => ({
  op: "create",
  create: {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { namespace, name },
    spec,
  } as KubeObject,
});

/** Whether a pod that no policy of the namespace thought of would be open in a direction. */
export function openByDefault(
  { metadata }: Namespace,
  view: View,
  direction: Direction,
): readonly Breach[] | "not-applicable" {
  const namespace = metadata.name ?? "";
  if (systemNamespaces.has(namespace)) return "not-applicable";
  if (!workloadsIn(view, namespace).some(({ spec }) => spec.hostNetwork !== true)) return "not-applicable";
  if (view.derive(namespaceTraffic, namespace).pods.get(newcomer(namespace))?.[direction] !== undefined) return [];
  const says =
    direction === "ingress"
      ? `no policy of namespace ${namespace} holds what reaches its pods: a new pod is open to every pod of the cluster`
      : `no policy of namespace ${namespace} holds what its pods reach: a new pod may open connections anywhere`;
  return [{ field: "metadata.name", key: direction, says }];
}

/** A name for a policy that no policy of the namespace has. */
function freeName(view: View, namespace: string, name: string): string {
  const taken = new Set(view.list(kinds.networkPolicy, namespace).map(({ metadata }) => metadata.name));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}-${n}`;
  return free;
}

/** A policy that holds all pods in a direction; within the namespace, and to its DNS, all stays as it was. */
export const denyByDefault = (view: View, namespace: string, direction: Direction): Edit =>
  networkPolicy(
    namespace,
    freeName(view, namespace, `default-deny-${direction}`),
    direction === "ingress"
      ? { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }] }] }
      : {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [
            { to: [{ podSelector: {} }] },
            {
              to: clusterDns(view),
              ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "TCP", port: 53 },
              ],
            },
          ],
        },
  );

/** A policy that keeps what a Service offers to addresses outside reachable. */
export const keepOffered = (view: View, service: Service): Edit => {
  const namespace = service.metadata.namespace ?? "";
  return networkPolicy(namespace, freeName(view, namespace, `allow-to-${service.metadata.name ?? ""}`), {
    podSelector: { matchLabels: { ...service.spec?.selector } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        ports: (service.spec?.ports ?? []).map(({ port, protocol, targetPort }) => ({
          protocol: protocol ?? "TCP",
          port: targetPort ?? port,
        })),
      },
    ],
  });
};
