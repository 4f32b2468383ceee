import type { Deployment, ReplicaSet } from "@bulkhead/api";
import { maxSurge } from "./bounds.ts";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
const revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history";
export const desiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas";
export const maxReplicasAnnotation = "deployment.kubernetes.io/max-replicas";

/** Annotations of a Deployment that are not its ReplicaSets' too. */
const own = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  "deprecated.deployment.rollback.to",
]);

/** The longest revision history, in characters. */
const historyLimit = 2000;

/** The revision that a ReplicaSet carries; 0 where it has none. */
export function revisionOf(object: ReplicaSet | Deployment): number {
  const revision = Number(object.metadata.annotations?.[revisionAnnotation] ?? "0");
  return Number.isSafeInteger(revision) ? revision : 0;
}

/** The highest revision of these. */
export const maxRevision = (replicaSets: readonly ReplicaSet[]): number => Math.max(0, ...replicaSets.map(revisionOf));

function set(object: ReplicaSet | Deployment, key: string, value: string): boolean {
  const annotations = (object.metadata.annotations ??= {});
  if (annotations[key] === value) return false;
  annotations[key] = value;
  return true;
}

/** Copies the Deployment's annotations and gives the revision; an older revision goes into the history. Changes the draft. */
export function annotateNew(deployment: Deployment, draft: ReplicaSet, revision: number, exists: boolean): boolean {
  let changed = false;
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!own.has(key)) changed = set(draft, key, value) || changed;
  const before = draft.metadata.annotations?.[revisionAnnotation];
  if (revisionOf(draft) < revision) {
    changed = set(draft, revisionAnnotation, String(revision)) || changed;
    if (before !== undefined) remember(draft, before);
  }
  if (!exists) changed = annotateReplicas(deployment, draft) || changed;
  return changed;
}

function remember(draft: ReplicaSet, revision: string): void {
  const history = draft.metadata.annotations?.[revisionHistoryAnnotation];
  let past = history === undefined || history === "" ? [revision] : [...history.split(","), revision];
  while (past.join(",").length > historyLimit) past = past.slice(1);
  set(draft, revisionHistoryAnnotation, past.join(","));
}

/** What the Deployment wanted when it last scaled this ReplicaSet: tells a scaling from a rollout. Changes the draft. */
export function annotateReplicas(deployment: Deployment, draft: ReplicaSet): boolean {
  const desired = deployment.spec?.replicas ?? 1;
  const first = set(draft, desiredReplicasAnnotation, String(desired));
  return set(draft, maxReplicasAnnotation, String(desired + maxSurge(deployment))) || first;
}

/** Gives the Deployment the revision of its new ReplicaSet. Changes the draft. */
export const setRevision = (draft: Deployment, revision: string): boolean => set(draft, revisionAnnotation, revision);

/** An annotation that holds a count. */
export function countAnnotation(replicaSet: ReplicaSet, key: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[key];
  if (text === undefined) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}
