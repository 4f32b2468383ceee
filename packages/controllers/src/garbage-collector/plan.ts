import type { OwnerReference } from "@bulkhead/api";
import type { GraphNode } from "./owner-graph.ts";

/** How an owner stands. `unknown`: its kind is not served, so that nothing can be said. */
export type OwnerState = "present" | "waiting" | "absent" | "unknown";

export type CollectorStep =
  | { readonly kind: "none" }
  /** Not decidable now: look again later. */
  | { readonly kind: "later" }
  | { readonly kind: "delete"; readonly propagation: "Foreground" | "Background" | "keep" }
  /** Some owners are gone, others are there: only the references to these UIDs go. */
  | { readonly kind: "drop-owners"; readonly uids: readonly string[] }
  /** No dependent holds the foreground deletion back any more. */
  | { readonly kind: "finish-foreground" }
  /** These dependents must be looked at. */
  | { readonly kind: "visit"; readonly uids: readonly string[] }
  /** Leave dependents alone, then let the owner go. */
  | { readonly kind: "orphan"; readonly dependents: readonly GraphNode[] };

/** Pure: what to do about one object, given how its owners and dependents stand. */
export function planCollection(
  node: GraphNode,
  dependents: readonly GraphNode[],
  ownerState: (owner: OwnerReference) => OwnerState,
): CollectorStep {
  if (node.orphaning) return { kind: "orphan", dependents };
  if (node.foreground) {
    const holding = dependents.filter((one) =>
      one.owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion === true),
    );
    if (holding.length === 0) return { kind: "finish-foreground" };
    return { kind: "visit", uids: dependents.filter((one) => !one.deleting).map((one) => one.uid) };
  }
  if (node.deleting || node.owners.length === 0) return { kind: "none" };
  const states = node.owners.map((owner) => ({ owner, state: ownerState(owner) }));
  if (states.some(({ state }) => state === "unknown")) return { kind: "later" };
  const gone = states.filter(({ state }) => state !== "present").map(({ owner }) => owner.uid);
  if (gone.length === 0) return { kind: "none" };
  if (gone.length < states.length) return { kind: "drop-owners", uids: gone };
  // An owner that waits wants all below it gone before it goes itself.
  const waiting = states.some(({ state }) => state === "waiting");
  if (waiting && dependents.length > 0) return { kind: "delete", propagation: "Foreground" };
  return { kind: "delete", propagation: "keep" };
}
