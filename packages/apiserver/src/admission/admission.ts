import type { DeleteOptions, KubeObject } from "@bulkhead/api";
import type { Put, Remove } from "@bulkhead/store";
import type { User } from "../authentication/user.ts";
import type { ServedResource } from "../resources/served-resource.ts";

export type AdmissionOperation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What admission judges: one write, with the true old object beside it (CVE-2021-25735). */
export interface AdmissionRequest {
  readonly operation: AdmissionOperation;
  readonly resource: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  /** "" while a generated name is not made yet. */
  readonly name: string;
  /** The object to be written; a mutating plugin changes it in place. Undefined for DELETE. */
  readonly object: KubeObject | undefined;
  /** The object as stored. Undefined for CREATE. Never changed. */
  readonly old: KubeObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  /** What a CONNECT carries: the query of exec and attach. */
  readonly query: URLSearchParams;
  readonly deleteOptions: DeleteOptions | undefined;
  /** Adds a Warning header to the answer. Said once however often the write is retried. */
  warn(text: string): void;
  /** Adds an annotation to the audit record of the request. */
  annotate(key: string, value: string): void;
  /** Writes further objects in the same commit. Nothing comes of it in a dry run. */
  alsoWrite(write: Put | Remove): void;
  /** Told once, when it is known whether the write became durable. */
  onSettled(callback: (committed: boolean) => void): void;
}

/**
 * One rule at the door. `mutate` runs before validation and may change the object; `validate` sees what will be
 * written. Both refuse by throwing StatusError. They may run several times for one request.
 */
export interface AdmissionPlugin {
  readonly name: string;
  mutate?(request: AdmissionRequest): void | Promise<void>;
  /** After the kind's own preparation, before its validation: gives what only the server can give (addresses, ports). */
  allocate?(request: AdmissionRequest): void;
  validate?(request: AdmissionRequest): void | Promise<void>;
  /** When a deletion begins: may add finalizers and conditions to the object's draft. */
  hold?(request: AdmissionRequest, draft: KubeObject): void;
}

/** Asks all mutating plugins in order. */
export async function mutate(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): Promise<void> {
  for (const plugin of plugins) {
    const pending = plugin.mutate?.(request);
    if (pending !== undefined) await pending;
  }
}

/** Lets plugins give what only the server can give. */
export function allocate(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): void {
  for (const plugin of plugins) plugin.allocate?.(request);
}

/** Asks all validating plugins in order; the first refusal ends it. */
export async function validate(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): Promise<void> {
  for (const plugin of plugins) {
    const pending = plugin.validate?.(request);
    if (pending !== undefined) await pending;
  }
}

/** Lets plugins put a hold on an object whose deletion begins. */
export function hold(plugins: readonly AdmissionPlugin[], request: AdmissionRequest, draft: KubeObject): void {
  for (const plugin of plugins) plugin.hold?.(request, draft);
}

export const isCore = (request: AdmissionRequest, resource: string): boolean =>
  request.resource.group === "" && request.resource.resource === resource;
