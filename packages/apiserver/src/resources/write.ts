import { randomBytes } from "node:crypto";
import { conflict, type KubeObject, nameSuffix, type RowFacts, StatusError } from "@bulkhead/api";
import { type Put, type Remove, type StoredObject, StoreError } from "@bulkhead/store";
import type { AdmissionRequest } from "../admission/admission.ts";
import type { User } from "../authentication/user.ts";
import type { AuditEntry } from "../request/audit-entry.ts";
import type { FieldOwner, ObjectSchema } from "./object-schema.ts";
import type { ServedResource } from "./served-resource.ts";
import { type ApiServices, timestamp } from "./services.ts";

/** One write on its way through the pipeline. */
export interface WriteContext {
  readonly services: ApiServices;
  readonly resource: ServedResource;
  readonly schema: ObjectSchema;
  readonly user: User;
  readonly audit: AuditEntry;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly dryRun: boolean;
  /** fieldManager, or the client's program name. */
  readonly manager: string;
  readonly query: URLSearchParams;
  warn(text: string): void;
}

/** What a write left behind: the stored object, or in a dry run the object as it would be. */
export interface Written {
  readonly object: KubeObject;
  readonly stored: StoredObject | undefined;
  readonly created: boolean;
  /** The object went with this write: its last finalizer was taken. */
  readonly removed: boolean;
}

export const factsOf = (services: ApiServices): RowFacts => ({
  now: timestamp(services.now()),
  randomSuffix: () => nameSuffix(randomBytes(16)),
});

export const ownerOf = (
  context: WriteContext,
  owns: { readonly resetFields: readonly string[]; readonly ownedFields?: readonly string[] },
): FieldOwner => ({
  manager: context.manager,
  subresource: context.subresource,
  time: timestamp(context.services.now()),
  resetFields: owns.resetFields,
  ownedFields: owns.ownedFields,
});

/** What a write gathers on the way to its commit. */
export class Gathered {
  readonly writes: (Put | Remove)[] = [];
  readonly #settled: ((committed: boolean) => void)[] = [];

  settle(committed: boolean): void {
    for (const callback of this.#settled.splice(0)) callback(committed);
  }

  request(
    context: WriteContext,
    operation: AdmissionRequest["operation"],
    object: KubeObject | undefined,
    old: KubeObject | undefined,
    more: Partial<AdmissionRequest> = {},
  ): AdmissionRequest {
    return {
      operation,
      resource: context.resource,
      subresource: context.subresource,
      namespace: context.namespace,
      name: context.name,
      object,
      old,
      user: context.user,
      dryRun: context.dryRun,
      query: context.query,
      deleteOptions: undefined,
      warn: (text) => context.warn(text),
      annotate: (key, value) => context.audit.annotate(key, value),
      alsoWrite: (write) => {
        this.writes.push(write);
      },
      onSettled: (callback) => {
        this.#settled.push(callback);
      },
      ...more,
    };
  }
}

/** Puts a write, what goes with it and its audit record into one commit. A StoreError comes out as it is. */
export async function commit(
  context: WriteContext,
  gathered: Gathered,
  write: Put | Remove,
  object: KubeObject,
  code: number,
): Promise<StoredObject | undefined> {
  const { uid } = object.metadata;
  context.audit.named(object.metadata.name ?? "");
  const audit = context.audit.record(code, undefined, uid);
  try {
    const { objects } = await context.services.store.commit({ writes: [write, ...gathered.writes], audit });
    context.audit.markRecorded();
    gathered.settle(true);
    return objects[0];
  } catch (error) {
    gathered.settle(false);
    throw error;
  }
}

/** A StoreError in the words of the API. Conflicts are for the caller: most writes begin again. */
export function storeFailure(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case "too-large":
      return new StatusError(
        { reason: "RequestEntityTooLarge", message: "the object is too large to be stored" },
        error,
      );
    case "full":
    case "io":
    case "closed":
      return new StatusError(
        { reason: "ServiceUnavailable", message: `the store takes no writes now: ${error.code}` },
        error,
      );
    default:
      return error;
  }
}

export const modified = (resource: ServedResource, name: string): StatusError =>
  conflict(
    resource.group,
    resource.resource,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
