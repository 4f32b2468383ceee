import type { Namespace, Node, Pod } from "@bulkhead/api";
import { type Amounts, amountsOf, podRequests } from "./pod-requests.ts";

/** A node and what is on it. */
export interface NodeView {
  readonly node: Node;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pods: readonly Pod[];
  readonly allocatable: Amounts;
  readonly requested: Amounts;
}

/** The cluster at one moment, for one decision. */
export interface Snapshot {
  readonly nodes: readonly NodeView[];
  /** For namespaceSelector. */
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  readonly claimExists: (namespace: string, name: string) => boolean;
}

/** One node with these pods. */
export function viewOf(node: Node, pods: readonly Pod[]): NodeView {
  const requested = new Map<string, number>([["pods", pods.length]]);
  for (const pod of pods)
    for (const [name, amount] of podRequests(pod)) requested.set(name, (requested.get(name) ?? 0) + amount);
  return {
    node,
    name: node.metadata.name ?? "",
    labels: node.metadata.labels ?? {},
    pods,
    allocatable: amountsOf(node.status?.allocatable),
    requested,
  };
}

/** `nodeOf` says where a pod is or is about to be; undefined: nowhere. */
export function takeSnapshot(
  nodes: readonly Node[],
  pods: readonly Pod[],
  nodeOf: (pod: Pod) => string | undefined,
  namespaces: (name: string) => Namespace | undefined,
  claimExists: (namespace: string, name: string) => boolean,
): Snapshot {
  const byNode = new Map<string, Pod[]>(nodes.map((node) => [node.metadata.name ?? "", []]));
  for (const pod of pods) {
    if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") continue;
    const node = nodeOf(pod);
    if (node !== undefined) byNode.get(node)?.push(pod);
  }
  return {
    nodes: nodes.map((node) => viewOf(node, byNode.get(node.metadata.name ?? "") ?? [])),
    namespaceLabels: (name) => namespaces(name)?.metadata.labels ?? {},
    claimExists,
  };
}
