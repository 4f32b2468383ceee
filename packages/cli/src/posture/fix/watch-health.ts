import { setTimeout as pause } from "node:timers/promises";
import type { Container, KubeObject, Pod } from "@bulkhead/api";
import { type Client, resources } from "@bulkhead/client";
import { findFault, isReady, living } from "@bulkhead/controllers";
import type { Written } from "./write-object.ts";

/** Milliseconds between two looks. */
const between = 500;
/** Milliseconds that a workload is waited for that was not well before. */
const unwell = 10_000;

interface Status {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberReady?: number;
}

interface Rolling extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template?: {
      readonly spec?: { readonly containers?: readonly Container[]; readonly initContainers?: readonly Container[] };
    };
  };
  readonly status?: Status;
}

const rolling: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
const isRolling = (object: KubeObject | undefined): object is Rolling =>
  object !== undefined && object.apiVersion.startsWith("apps/") && rolling.has(object.kind);

const wanted = ({ kind, spec, status }: Rolling): number =>
  kind === "DaemonSet" ? (status?.desiredNumberScheduled ?? 0) : (spec?.replicas ?? 1);
const ready = ({ kind, status }: Rolling): number =>
  (kind === "DaemonSet" ? status?.numberReady : status?.readyReplicas) ?? 0;
const updated = ({ kind, status }: Rolling): number =>
  (kind === "DaemonSet" ? status?.updatedNumberScheduled : status?.updatedReplicas) ?? 0;

const settled = (object: Rolling): boolean =>
  (object.status?.observedGeneration ?? 0) >= (object.metadata.generation ?? 0) &&
  updated(object) >= wanted(object) &&
  (object.status?.replicas ?? wanted(object)) <= wanted(object);

const podsOf = async (client: Client, { metadata, spec }: Rolling): Promise<readonly Pod[]> => {
  const labels = Object.entries(spec?.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const { items } = await client.list(resources.pods, {
    namespace: metadata.namespace ?? "",
    labelSelector: labels.join(","),
  });
  return items;
};

/** How the pods stood that a change may touch, before it was made. */
export interface Before {
  /** Names of pods of the namespace (or of all) that were ready. */
  readonly ready: ReadonlyMap<string, string>;
  /** Names of all pods that were there. */
  readonly pods: ReadonlySet<string>;
}

const keyOf = ({ metadata }: Pod): string => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;

/** Pods that changes of these objects may touch: those of their namespaces, or all for what is in none. */
async function podsAround(client: Client, namespaces: ReadonlySet<string>): Promise<readonly Pod[]> {
  if (namespaces.has("")) return (await client.list(resources.pods)).items;
  const lists = await Promise.all([...namespaces].map((namespace) => client.list(resources.pods, { namespace })));
  return lists.flatMap(({ items }) => items);
}

/** The namespaces that changes of objects reach. */
export const namespacesOf = (objects: readonly KubeObject[]): ReadonlySet<string> =>
  new Set(
    objects.map(({ kind, metadata }) => (kind === "Namespace" ? (metadata.name ?? "") : (metadata.namespace ?? ""))),
  );

export async function healthBefore(client: Client, namespaces: ReadonlySet<string>): Promise<Before> {
  const pods = living(await podsAround(client, namespaces));
  return {
    ready: new Map(pods.filter(isReady).map((pod) => [keyOf(pod), pod.metadata.uid ?? ""])),
    pods: new Set(pods.map(({ metadata }) => metadata.name ?? "")),
  };
}

export interface WatchOptions {
  /** Milliseconds that all must stay well. */
  readonly soak: number;
  /** Milliseconds that a rollout may take. */
  readonly patience: number;
  readonly signal: AbortSignal;
  readonly told: (text: string) => void;
}

/**
 * Watches what was written until it has run well for a while. Gives what went wrong; undefined: nothing did. What was not
 * well before is not blamed on the change, as long as it gets no worse.
 */
export async function watchHealth(
  client: Client,
  written: readonly Written[],
  namespaces: ReadonlySet<string>,
  before: Before,
  { soak, patience, signal, told }: WatchOptions,
): Promise<string | undefined> {
  const workloads = written.filter(({ saved, left }) => isRolling(left) && isRolling(saved));
  const deadline = Date.now() + patience;
  for (const { resource, name, saved } of workloads) {
    const least = isRolling(saved) ? Math.min(ready(saved), wanted(saved)) : 0;
    const begun = Date.now();
    told(`${resource.kind} ${name.name}: rolling out${least === 0 ? ", and none of its pods was ready before" : ""}`);
    for (;;) {
      const now = await client.get(resource, name);
      if (!isRolling(now)) break;
      if (settled(now) && ready(now) >= Math.min(least, wanted(now))) break;
      const fault = least > 0 ? await faultOf(client, now, before, undefined) : undefined;
      if (fault !== undefined) return fault;
      // It did not run before: whether it comes up is no news of ours.
      if (least === 0 && Date.now() > begun + unwell) break;
      if (Date.now() > deadline)
        return `${resource.kind} ${name.name}: ${ready(now)} of ${wanted(now)} pods are ready after ${Math.round(patience / 1000)} s, ${least} were before`;
      await pause(between, undefined, { signal });
    }
  }
  const since = Date.now();
  // What a workload of ours replaced is gone on purpose.
  const replaced = new Set<string>();
  for (const { left } of workloads)
    if (isRolling(left)) for (const pod of await podsOf(client, left)) replaced.add(keyOf(pod));
  if (soak > 0) told(`soaking for ${Math.round(soak / 1000)} s`);
  while (Date.now() - since < soak) {
    for (const { resource, name, saved } of workloads) {
      if (!isRolling(saved) || ready(saved) === 0) continue;
      const now = await client.get(resource, name);
      const fault = isRolling(now)
        ? await faultOf(client, now, before, since)
        : `${resource.kind} ${name.name} is gone`;
      if (fault !== undefined) return fault;
    }
    for (const pod of await podsAround(client, namespaces)) {
      const key = keyOf(pod);
      if (replaced.has(key) || before.ready.get(key) !== pod.metadata.uid) continue;
      if (pod.metadata.deletionTimestamp === undefined && !isReady(pod) && pod.status?.phase === "Running")
        return `pod ${key} was ready before and is not any more`;
    }
    await pause(Math.min(between, Math.max(1, soak)), undefined, { signal });
  }
  return undefined;
}

/** What is wrong with a workload's new pods, by the rules that updates of images are judged by. */
async function faultOf(
  client: Client,
  workload: Rolling,
  before: Before,
  soakingSince: number | undefined,
): Promise<string | undefined> {
  const pods = (await podsOf(client, workload)).filter(({ metadata }) => !before.pods.has(metadata.name ?? ""));
  const spec = workload.spec?.template?.spec;
  const names = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ name }) => name);
  for (const container of names) {
    const fault = findFault({
      pods,
      warnings: [],
      isOld: ({ involvedObject }) => before.pods.has(involvedObject.name ?? ""),
      container,
      soakingSince,
    });
    if (fault !== undefined) return fault;
  }
  return undefined;
}
