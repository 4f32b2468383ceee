import type { KubeObject, Log } from "@bulkhead/api";
import type { Client, EventRecorder, Informer, InformerFactory, Resource, Workqueue } from "@bulkhead/client";

/** The shared informers as one controller sees them: `synced` waits for those that it asked for. */
export interface ControllerInformers extends InformerFactory {
  /** An informer that only wakes: work begins without it, and goes on when its kind is not served. */
  hint<T extends KubeObject>(resource: Resource<T>): Informer<T>;
}

/** What a controller gets to work with. Reads come from the shared informers; writes go out under its own identity. */
export interface ControllerContext {
  readonly informers: ControllerInformers;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** For lists that no informer keeps; the same rights as the informers have. */
  readonly reader: Client;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** One row of the table of controllers. */
export interface ControllerDefinition {
  /** `deployment`, as its folder is called. */
  readonly name: string;
  /** Under which user it writes: a service account of kube-system, or a `system:` user as upstream names it. */
  readonly identity: string;
  /** The ClusterRole that identity needs; upstream's where there is one. */
  readonly clusterRole: string;
  /** What Events say they are from. */
  readonly component: string;
  /** Asks for its informers and handlers at once; resolves when the signal has aborted and its work is done. */
  start(context: ControllerContext): Promise<void>;
}

/** A key of a namespaced object: `namespace/name`, or `name` alone. */
export const keyOf = (object: {
  readonly metadata: { readonly namespace?: string | undefined; readonly name?: string | undefined };
}): string =>
  object.metadata.namespace === undefined
    ? (object.metadata.name ?? "")
    : `${object.metadata.namespace}/${object.metadata.name ?? ""}`;

/** The way back from a key. */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf("/");
  return slash === -1 ? { namespace: "", name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Waits for the copies to be whole, then works on keys until the signal aborts. */
export async function work(
  context: ControllerContext,
  queue: Workqueue,
  concurrency: number,
  sync: (key: string) => Promise<void>,
): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve();
    else context.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([context.informers.synced(), aborted]);
  await queue.run(concurrency, sync, context.signal);
}

/** RFC 3339 in seconds, as Kubernetes writes metav1.Time. */
export const timestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
