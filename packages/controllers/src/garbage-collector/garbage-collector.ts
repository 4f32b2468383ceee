import type { KubeObject, OwnerReference } from "@bulkhead/api";
import {
  type Client,
  createBackoff,
  createInformer,
  createWorkqueue,
  discoverResources,
  hasReason,
  type Informer,
  pause,
  type Resource,
} from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";
import { foregroundFinalizer, type GraphNode, graphNode, OwnerGraph, orphanFinalizer } from "./owner-graph.ts";
import { type OwnerState, planCollection } from "./plan.ts";

/** How often new kinds are looked for. */
const discoveryInterval = 30_000;
/** How soon an object is looked at again whose owner's kind is not known yet. */
const unknownInterval = 2_000;
/** Events come and go by themselves and own nothing. */
const ignored = new Set(["events.", "events.events.k8s.io"]);

/** Deletes what is owned by nobody that is still there; foreground and orphaning deletions end here too. */
export const garbageCollector: ControllerDefinition = {
  name: "garbage-collector",
  identity: "system:serviceaccount:kube-system:generic-garbage-collector",
  clusterRole: "system:controller:generic-garbage-collector",
  component: "garbage-collector-controller",
  start,
};

const keyOf = (resource: Resource): string => `${resource.resource}.${resource.group}`;

interface Watched {
  readonly resource: Resource;
  readonly informer: Informer<KubeObject>;
  readonly stop: AbortController | undefined;
}

async function start(context: ControllerContext): Promise<void> {
  const { informers, reader, client, log, signal } = context;
  const graph = new OwnerGraph();
  const queue = createWorkqueue({ name: "garbage-collector", log });
  const watched = new Map<string, Watched>();
  /** UIDs of owners that the server said are gone, so that a thousand dependents ask once. */
  const absent = new Set<string>();

  function observe(resource: Resource, current: KubeObject | undefined, previous: KubeObject | undefined): void {
    const object = current ?? previous;
    if (object === undefined) return;
    const uid = object.metadata.uid ?? "";
    if (resource.resource === "customresourcedefinitions") rediscover();
    // A name that was taken again is another object: the one before is gone.
    const before = previous?.metadata.uid;
    if (before !== undefined && (current === undefined || before !== uid)) forget(before);
    if (current === undefined) return;
    const old = graph.get(uid);
    const node = graphNode(resource, current);
    graph.put(node);
    const owners =
      node.owners.length > 0 && (old === undefined || JSON.stringify(old.owners) !== JSON.stringify(node.owners));
    if (owners || node.foreground || node.orphaning) queue.add(uid);
    if (node.deleting && old?.deleting !== true) for (const owner of node.owners) queue.add(owner.uid);
    if (old !== undefined && owners)
      for (const owner of old.owners) if (graph.get(owner.uid)?.foreground === true) queue.add(owner.uid);
  }

  function forget(uid: string): void {
    const node = graph.get(uid);
    graph.remove(uid);
    absent.delete(uid);
    for (const dependent of graph.dependentsOf(uid)) queue.add(dependent.uid);
    for (const owner of node?.owners ?? []) if (graph.get(owner.uid)?.foreground === true) queue.add(owner.uid);
  }

  /** Follows the kinds that the server serves. */
  async function discover(): Promise<void> {
    const { found, failed } = await discoverResources(reader);
    if (signal.aborted) return;
    const served = new Set<string>();
    for (const { resource, verbs, preferred } of found) {
      const key = keyOf(resource);
      served.add(key);
      const followed = ["list", "watch", "delete"].every((verb) => verbs.includes(verb));
      if (!preferred || !followed || ignored.has(key) || watched.has(key)) continue;
      const shared = informers.existing(resource);
      const stop = shared === undefined ? new AbortController() : undefined;
      const ended = (): void => stop?.abort();
      signal.addEventListener("abort", ended, { once: true });
      const informer =
        shared ?? createInformer({ client: reader, resource, signal: stop?.signal ?? signal, metadataOnly: true, log });
      watched.set(key, { resource, informer, stop });
      informer.onChange((current, previous) => observe(resource, current, previous));
    }
    // A kind whose definition is gone: nothing of it exists any more. What merely failed to answer stays.
    if (failed.length > 0) return;
    for (const [key, { stop, informer }] of watched) {
      if (served.has(key)) continue;
      stop?.abort();
      watched.delete(key);
      for (const object of informer.list()) forget(object.metadata.uid ?? "");
    }
  }

  /** Definitions come in groups, and take a moment to be served. */
  let soon: NodeJS.Timeout | undefined;
  function rediscover(): void {
    soon ??= setTimeout(() => {
      soon = undefined;
      if (!signal.aborted)
        discover().catch((error: unknown) => log.debug({ error: String(error) }, "discovery failed"));
    }, 500);
    soon.unref();
  }

  const ready = (): boolean => watched.size > 0;

  async function sync(uid: string): Promise<void> {
    const node = graph.get(uid);
    if (node === undefined || !ready()) return;
    const states = await ownerStates(node);
    const step = planCollection(node, graph.dependentsOf(uid), (owner) => states.get(owner.uid) ?? "unknown");
    switch (step.kind) {
      case "none":
        return;
      case "later":
        return queue.addAfter(uid, unknownInterval);
      case "visit":
        for (const dependent of step.uids) queue.add(dependent);
        return;
      case "finish-foreground":
        return removeFinalizer(node, foregroundFinalizer);
      case "drop-owners":
        return dropOwners(node, step.uids);
      case "orphan":
        for (const dependent of step.dependents) await dropOwners(dependent, [uid]);
        return removeFinalizer(node, orphanFinalizer);
      case "delete":
        return remove(node, step.propagation);
    }
  }

  async function ownerStates(node: GraphNode): Promise<ReadonlyMap<string, OwnerState>> {
    const states = new Map<string, OwnerState>();
    if (node.deleting) return states;
    for (const owner of node.owners) states.set(owner.uid, await ownerState(node, owner));
    return states;
  }

  /** The graph first; what it does not know is asked of the server before anything is deleted for it. */
  async function ownerState(node: GraphNode, owner: OwnerReference): Promise<OwnerState> {
    const known = graph.get(owner.uid);
    // An owner in another namespace is none (upstream calls such a reference invalid and lets it dangle).
    const reachable = known !== undefined && (!known.resource.namespaced || known.namespace === node.namespace);
    if (reachable) return known.foreground ? "waiting" : "present";
    if (absent.has(owner.uid)) return "absent";
    const resource = resourceOf(owner);
    if (resource === undefined) return "unknown";
    if (resource.namespaced && node.namespace === "") return "absent";
    const namespace = resource.namespaced ? node.namespace : "";
    try {
      const live = await client.get(resource, { namespace, name: owner.name });
      if (live.metadata.uid === owner.uid) return "present";
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
    absent.add(owner.uid);
    if (absent.size > 10_000) absent.clear();
    return "absent";
  }

  function resourceOf(owner: OwnerReference): Resource | undefined {
    const [group = ""] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : [""];
    for (const { resource } of watched.values())
      if (resource.kind === owner.kind && resource.group === group) return resource;
    return undefined;
  }

  /** What is to be done must still hold at the server, not only in the copy. */
  async function liveOf(node: GraphNode): Promise<KubeObject | undefined> {
    try {
      const live = await client.get(node.resource, node);
      return live.metadata.uid === node.uid ? live : undefined;
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async function remove(node: GraphNode, propagation: "Foreground" | "Background" | "keep"): Promise<void> {
    const live = await liveOf(node);
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) return;
    // Owners may have changed since: then the copy will tell, and we look again.
    if (JSON.stringify(live.metadata.ownerReferences ?? []) !== JSON.stringify(node.owners))
      return queue.addAfter(node.uid, 500);
    const finalizers = live.metadata.finalizers ?? [];
    const kept = finalizers.includes(orphanFinalizer)
      ? "Orphan"
      : finalizers.includes(foregroundFinalizer)
        ? "Foreground"
        : "Background";
    await client
      .delete(node.resource, node, {
        propagationPolicy: propagation === "keep" ? kept : propagation,
        preconditions: { uid: node.uid, ...versionOf(live) },
      })
      .catch(unlessGone);
  }

  async function dropOwners(node: GraphNode, uids: readonly string[]): Promise<void> {
    const live = await liveOf(node);
    if (live === undefined) return;
    const ownerReferences = (live.metadata.ownerReferences ?? []).filter((owner) => !uids.includes(owner.uid));
    if (ownerReferences.length === (live.metadata.ownerReferences ?? []).length) return;
    await patchMetadata(client, node, live, { ownerReferences });
  }

  async function removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    const live = await liveOf(node);
    const finalizers = live?.metadata.finalizers ?? [];
    if (live === undefined || !finalizers.includes(finalizer)) return;
    await patchMetadata(client, node, live, { finalizers: finalizers.filter((one) => one !== finalizer) });
  }

  await untilDone(discover, signal, log);
  const timer = setInterval(() => {
    discover().catch((error: unknown) => log.debug({ error: String(error) }, "discovery failed"));
  }, discoveryInterval);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  await Promise.race([
    Promise.all([...watched.values()].map(({ informer }) => informer.synced)),
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
  ]);
  await work(context, queue, 10, sync);
}

const versionOf = (live: KubeObject): { readonly resourceVersion?: string } =>
  live.metadata.resourceVersion === undefined ? {} : { resourceVersion: live.metadata.resourceVersion };

async function patchMetadata(client: Client, node: GraphNode, live: KubeObject, metadata: object): Promise<void> {
  const body = { metadata: { ...metadata, uid: node.uid, ...versionOf(live) } };
  await client.patch(node.resource, node, "merge", body).catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}

/** Discovery must work once before anything is deleted. */
async function untilDone(step: () => Promise<void>, signal: AbortSignal, log: ControllerContext["log"]): Promise<void> {
  const backoff = createBackoff({ base: 200, cap: 10_000 });
  while (!signal.aborted) {
    try {
      return await step();
    } catch (error) {
      log.debug({ error: String(error) }, "discovery failed: trying again");
      await pause(backoff.next(), signal);
    }
  }
}
