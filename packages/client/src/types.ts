import type { GroupVersionResource, KubeList, KubeObject, ObjectName } from "@bulkhead/api";

/** A resource and whether it lives in namespaces; `resources` holds the well-known ones. */
export interface Resource<T extends KubeObject = KubeObject> extends GroupVersionResource {
  readonly kind: string;
  readonly namespaced: boolean;
  /** Only for the type; never set. */
  readonly $type?: T;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  /** Asks for PartialObjectMetadata: nothing but apiVersion, kind and metadata is to be relied on in the answer. */
  readonly metadataOnly?: boolean;
}

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly subresource?: string;
}

export type PatchType = "json" | "merge" | "strategic" | "apply";

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";

export interface WatchEvent<T> {
  readonly type: WatchEventType;
  readonly object: T;
}

/** A typed client of a Kubernetes API; every failure is a StatusError, with reason ServiceUnavailable when the server cannot be reached. */
export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, options?: { subresource?: string }): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<KubeList<T>>;
  /** Ends when the server closes or the signal aborts; throws StatusError (410 Expired among them) on an ERROR event. */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Body: the patch; for "apply" the object, `force` as in server-side apply. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    type: PatchType,
    body: unknown,
    options?: WriteOptions & { readonly force?: boolean },
  ): Promise<T>;
  delete<T extends KubeObject>(resource: Resource<T>, name: ObjectName, options?: DeleteOptions): Promise<void>;
  deleteCollection<T extends KubeObject>(resource: Resource<T>, options: ListOptions & DeleteOptions): Promise<void>;
  /** A subresource that takes a body and answers another kind: binding, eviction, token, reviews. */
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  /** Anything else; the answer as it came. */
  raw(
    method: string,
    path: string,
    body?: Uint8Array | string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }>;
  close(): void;
}

/** A local copy of a resource, kept by list and watch. Objects are shared: never change them. */
export interface Informer<T extends KubeObject> {
  /** Resolves when the first list is in. */
  readonly synced: Promise<void>;
  get(name: ObjectName): T | undefined;
  list(namespace?: string): readonly T[];
  /** Called after the copy changed; `previous` undefined: added; `current` undefined: deleted. Also once per object at each relist that differs. */
  onChange(handler: (current: T | undefined, previous: T | undefined) => void): void;
}

/** Keys to be worked on: unique, in order, with exponential back-off per key (5 ms to 1000 s), one worker per key at a time. */
export interface Workqueue {
  add(key: string): void;
  addAfter(key: string, milliseconds: number): void;
  /** Runs `work` for each key with `concurrency` until the signal aborts; a rejection requeues with back-off. */
  run(concurrency: number, work: (key: string) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** Records core/v1 Events with upstream's series counting and spam limits (25 burst, one per 5 minutes per object). */
export interface EventRecorder {
  event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void;
}
