import type { Exception, Namespace, NetworkPolicy, Pod } from "@bulkhead/api";
import type { ServedPort } from "./rule-set.ts";

/** What `normaliseNetwork` takes. */
export interface NetworkObjects {
  /** Pods with their addresses in `status.podIPs`; ended ones (Succeeded, Failed) are left out by the decider. */
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly policies: readonly NetworkPolicy[];
  /** All Exceptions; those of other deciders are left out by the decider. */
  readonly exceptions: readonly Exception[];
  readonly facts: NetworkFacts;
}

export interface NetworkFacts {
  /** Milliseconds since the epoch: which exceptions still hold. */
  readonly now: number;
  /** The node's addresses: its traffic to its pods passes. */
  readonly nodeIps: readonly string[];
  /** Addresses closed to pods; none: as upstream. `rule` is what an Exception names (`metadata`, `node`). */
  readonly closed: readonly { readonly rule: string; readonly says: string; readonly cidrs: readonly string[] }[];
  /** What the node serves to pods whom their policies let; nothing else answers at these addresses. */
  readonly served?: readonly ServedPort[];
  /** Addresses of pods that the API does not tell yet (a pod being born), by pod key; they win over its status. */
  readonly addresses?: ReadonlyMap<string, readonly string[]>;
}
