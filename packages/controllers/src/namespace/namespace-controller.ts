import type { Namespace } from "@bulkhead/api";
import {
  createBackoff,
  createWorkqueue,
  type DiscoveredResource,
  discoverResources,
  hasReason,
  type Resource,
  resources,
} from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";
import { messageOf } from "../failure-message.ts";
import { type Findings, namespaceConditions } from "./conditions.ts";

/** Empties namespaces that are being deleted: pods first, and nothing that holds them back before they are gone. */
export const namespaceController: ControllerDefinition = {
  name: "namespace",
  identity: "system:serviceaccount:kube-system:namespace-controller",
  clusterRole: "system:controller:namespace-controller",
  component: "namespace-controller",
  start,
};

const finalizer = "kubernetes";
/** A create that was let in before the deletion may land after it: only a pass this long after the first is the last, in milliseconds. */
const settleTime = 500;

/** `pods.`, `deployments.apps`: how upstream names a resource in these conditions. */
const nameOf = (resource: Resource): string => `${resource.resource}.${resource.group}`;

/** Mutable while a pass runs. */
interface Pass {
  readonly undiscovered: string[];
  readonly failures: string[];
  readonly remaining: Map<string, number>;
  readonly finalizers: Map<string, number>;
}

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, log, now } = context;
  const namespaces = informers.of(resources.namespaces);
  const pods = informers.of(resources.pods);
  const queue = createWorkqueue({ name: "namespace", log });
  /** Namespaces that are being emptied, by name: since when, and how long to wait for what holds on. */
  const waits = new Map<string, { readonly since: number; readonly backoff: ReturnType<typeof createBackoff> }>();
  namespaces.onChange((current, previous) => {
    if (current?.metadata.deletionTimestamp !== undefined) queue.add(current.metadata.name ?? "");
    if (current === undefined && previous !== undefined) waits.delete(previous.metadata.name ?? "");
  });
  // The last pod's end is what a pass waits for most.
  pods.onChange((current, previous) => {
    const name = previous?.metadata.namespace ?? "";
    if (current === undefined && waits.has(name) && pods.list(name).length === 0) queue.add(name);
  });

  async function sync(name: string): Promise<void> {
    const known = namespaces.get({ namespace: "", name });
    if (known?.metadata.deletionTimestamp === undefined) return;
    const namespace = await live(name);
    if (namespace?.metadata.deletionTimestamp === undefined || namespace.metadata.uid !== known.metadata.uid) return;
    if (!(namespace.spec?.finalizers ?? []).includes(finalizer)) return;
    const findings = await empty(name);
    const done = findings.undiscovered.length === 0 && findings.failures.length === 0 && findings.remaining.size === 0;
    const conditions = namespaceConditions(namespace.status?.conditions ?? [], findings, now());
    const phase = namespace.status?.phase !== "Terminating";
    const current =
      conditions === undefined && !phase
        ? namespace
        : await client.update(
            resources.namespaces,
            {
              ...namespace,
              status: {
                ...namespace.status,
                phase: "Terminating",
                ...(conditions === undefined ? {} : { conditions }),
              },
            },
            { subresource: "status" },
          );
    const wait = waits.get(name) ?? { since: now(), backoff: createBackoff({ base: 250, cap: 10_000 }) };
    waits.set(name, wait);
    if (!done) return queue.addAfter(name, wait.backoff.next());
    const early = wait.since + settleTime - now();
    if (early > 0) return queue.addAfter(name, early);
    const finalizers = (current.spec?.finalizers ?? []).filter((one) => one !== finalizer);
    await client.update(
      resources.namespaces,
      { ...current, spec: { ...current.spec, finalizers } },
      { subresource: "finalize" },
    );
    waits.delete(name);
  }

  async function live(name: string): Promise<Namespace | undefined> {
    try {
      return await client.get(resources.namespaces, { namespace: "", name });
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async function empty(namespace: string): Promise<Findings> {
    const { found, failed } = await discoverResources(client);
    const pass: Pass = { undiscovered: [...failed], failures: [], remaining: new Map(), finalizers: new Map() };
    const deletable = found.filter(
      (one) =>
        one.preferred &&
        one.resource.namespaced &&
        one.verbs.includes("list") &&
        (one.verbs.includes("deletecollection") || one.verbs.includes("delete")),
    );
    const isPods = ({ resource }: DiscoveredResource): boolean => resource.group === "" && resource.resource === "pods";
    await Promise.all(deletable.filter(isPods).map((one) => remove(namespace, one, pass)));
    // Network policies, secrets and all else outlive the pods that they hold.
    if (pass.remaining.size > 0 || pass.failures.length > 0) return pass;
    await Promise.all(deletable.filter((one) => !isPods(one)).map((one) => remove(namespace, one, pass)));
    return pass;
  }

  async function remove(namespace: string, { resource, verbs }: DiscoveredResource, pass: Pass): Promise<void> {
    try {
      if (verbs.includes("deletecollection"))
        await client.deleteCollection(resource, { namespace, propagationPolicy: "Background" });
      const left = await client.list(resource, { namespace, metadataOnly: true });
      if (!verbs.includes("deletecollection"))
        for (const item of left.items)
          await client.delete(resource, { namespace, name: item.metadata.name ?? "" }).catch(unlessGone);
      if (left.items.length === 0) return;
      pass.remaining.set(nameOf(resource), left.items.length);
      for (const item of left.items)
        for (const one of item.metadata.finalizers ?? []) pass.finalizers.set(one, (pass.finalizers.get(one) ?? 0) + 1);
    } catch (error) {
      // What is listed but cannot be deleted or listed (a virtual resource) holds nothing back.
      if (!hasReason(error, "NotFound", "MethodNotAllowed"))
        pass.failures.push(`${nameOf(resource)}: ${messageOf(error)}`);
    }
  }

  await work(context, queue, 3, sync);
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
