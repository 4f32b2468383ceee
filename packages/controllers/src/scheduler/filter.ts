import type { Pod } from "@bulkhead/api";
import type { NodeView, Snapshot } from "./snapshot.ts";

/** Why a node will not do. */
export interface Misfit {
  /** Upstream's words, as they are counted in the message. */
  readonly reasons: readonly string[];
  /** Whether removing other pods from that node could help. */
  readonly resolvable: boolean;
}

/** Says nothing when the node will do. */
export type Filter = (pod: Pod, view: NodeView, snapshot: Snapshot) => Misfit | undefined;

/** A misfit that no preemption helps with. */
export const unresolvable = (...reasons: readonly string[]): Misfit => ({ reasons, resolvable: false });
export const resolvable = (...reasons: readonly string[]): Misfit => ({ reasons, resolvable: true });
