import type { Pod } from "@bulkhead/api";
import type { Misfit } from "./filter.ts";
import { type NodeView, type Snapshot, viewOf } from "./snapshot.ts";

/** A node that would do if these pods were gone. */
export interface Preemption {
  readonly node: string;
  readonly victims: readonly Pod[];
}

export type PreemptionResult =
  | { readonly kind: "found"; readonly preemption: Preemption }
  | { readonly kind: "none"; readonly message: string };

const priorityOf = (pod: Pod): number => pod.spec?.priority ?? 0;

/** The snapshot with one node changed. */
const replacing = (snapshot: Snapshot, view: NodeView): Snapshot => ({
  ...snapshot,
  nodes: snapshot.nodes.map((other) => (other.name === view.name ? view : other)),
});

/** `judge` runs all filters. The fewest and least important victims win. */
export function planPreemption(
  pod: Pod,
  misfits: ReadonlyMap<string, Misfit>,
  snapshot: Snapshot,
  judge: (pod: Pod, view: NodeView, snapshot: Snapshot) => Misfit | undefined,
): PreemptionResult {
  if (pod.spec?.preemptionPolicy === "Never")
    return { kind: "none", message: "not eligible due to preemptionPolicy=Never." };
  const waiting = snapshot.nodes.find((view) => view.name === pod.status?.nominatedNodeName);
  if (
    waiting?.pods.some((other) => other.metadata.deletionTimestamp !== undefined && priorityOf(other) < priorityOf(pod))
  )
    return { kind: "none", message: "not eligible due to a terminating pod on the nominated node." };
  const reasons: string[] = [];
  const candidates: Preemption[] = [];
  for (const view of snapshot.nodes) {
    const misfit = misfits.get(view.name);
    if (misfit === undefined) continue;
    if (!misfit.resolvable) {
      reasons.push("Preemption is not helpful for scheduling");
      continue;
    }
    const result = victimsOn(pod, view, snapshot, judge);
    if (Array.isArray(result)) candidates.push({ node: view.name, victims: result });
    else reasons.push(...result.reasons);
  }
  const [best] = candidates.sort(byHarm);
  if (best !== undefined) return { kind: "found", preemption: best };
  return { kind: "none", message: notAvailable(snapshot.nodes.length, reasons) };
}

/** All that are less important go, then as many as possible stay after all, the most important first. */
function victimsOn(
  pod: Pod,
  view: NodeView,
  snapshot: Snapshot,
  judge: (pod: Pod, view: NodeView, snapshot: Snapshot) => Misfit | undefined,
): Pod[] | Misfit {
  const potential = view.pods.filter((other) => priorityOf(other) < priorityOf(pod));
  if (potential.length === 0) return { reasons: ["No preemption victims found for incoming pod"], resolvable: false };
  let kept = view.pods.filter((other) => priorityOf(other) >= priorityOf(pod));
  const fits = (pods: readonly Pod[]): Misfit | undefined => {
    const without = viewOf(view.node, pods);
    return judge(pod, without, replacing(snapshot, without));
  };
  const misfit = fits(kept);
  if (misfit !== undefined) return misfit;
  const victims: Pod[] = [];
  for (const other of potential.toSorted(byImportance)) {
    if (fits([...kept, other]) === undefined) kept = [...kept, other];
    else victims.push(other);
  }
  return victims;
}

const started = (pod: Pod): string => pod.status?.startTime ?? "";

/** More important first: by priority, then by how long it has run. */
const byImportance = (a: Pod, b: Pod): number =>
  priorityOf(b) - priorityOf(a) || (started(a) < started(b) ? -1 : started(a) > started(b) ? 1 : 0);

const highest = (preemption: Preemption): number => Math.max(...preemption.victims.map(priorityOf), -Infinity);

const byHarm = (a: Preemption, b: Preemption): number =>
  highest(a) - highest(b) || a.victims.length - b.victims.length || (a.node < b.node ? -1 : 1);

/** `0/2 nodes are available: 1 Insufficient cpu, 1 Too many pods.` */
export function notAvailable(nodes: number, reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${parts.join(", ")}.`;
}
