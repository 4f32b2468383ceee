import { conflict, invalid, type KubeObject, notFound } from "@bulkhead/api";
import { UnclassifiedError } from "../request/errors.ts";
import { attemptUpdate } from "./attempt-update.ts";
import { create, requireCreate } from "./create.ts";
import { draftOf } from "./object-bytes.ts";
import { keyOf, type ServedResource } from "./served-resource.ts";
import { modified, type WriteContext, type Written } from "./write.ts";

/** How often a write that names no resourceVersion begins again when others are faster. */
const attempts = 30;

/** Refuses a resourceVersion that is no number; gives the one the client insists on, if any. */
export function insistedVersion(object: KubeObject): string | undefined {
  const version = object.metadata.resourceVersion ?? "";
  if (version === "" || version === "0") return undefined;
  if (!/^\d+$/.test(version))
    throw new UnclassifiedError(500, `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  return version;
}

/** The client means another object that had this name. */
export function checkUid(resource: ServedResource, draft: KubeObject, old: KubeObject): void {
  const { uid } = draft.metadata;
  if (uid === undefined || uid === "" || uid === old.metadata.uid) return;
  const { namespace, name } = old.metadata;
  const path = [resource.resource, ...(namespace === undefined ? [] : [namespace]), name].join("/");
  throw conflict(
    resource.group,
    resource.resource,
    name ?? "",
    `StorageError: invalid object, Code: 4, Key: /registry/${path}, ResourceVersion: 0, AdditionalErrorMsg: ` +
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
  );
}

/** PUT: the whole object replaced by the one sent. */
export async function replace(context: WriteContext, sent: KubeObject): Promise<Written> {
  const { resource, services } = context;
  const { store } = services;
  const key = keyOf(resource, context.namespace, context.name);
  const insisted = insistedVersion(sent);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const current = store.get(key);
    if (current === undefined) {
      if (!resource.row.createOnUpdate || context.subresource !== "" || insisted !== undefined)
        throw notFound(resource.group, resource.resource, context.name);
      requireCreate(context);
      return create(context, sent, true);
    }
    if (insisted !== undefined && insisted !== String(current.revision)) throw modified(resource, context.name);
    if (insisted === undefined && !resource.row.unconditionalUpdate) throw mustSpecify(resource, context.name);
    const old = draftOf(store, resource, current);
    const draft = attempt === 0 ? sent : structuredClone(sent);
    checkUid(resource, draft, old);
    const written = await attemptUpdate(context, { current, old, draft, tracked: false });
    if (written !== undefined) return written;
    if (insisted !== undefined) throw modified(resource, context.name);
  }
  throw modified(resource, context.name);
}

const mustSpecify = (resource: ServedResource, name: string) =>
  invalid(resource.group, resource.kind, name, [
    {
      reason: "FieldValueInvalid",
      field: "metadata.resourceVersion",
      message: "Invalid value: 0: must be specified for an update",
    },
  ]);

/** Changes an object by a function of what is there, again from the top until it fits. Absent: 404. */
export async function change(
  context: WriteContext,
  alter: (old: KubeObject) => { readonly draft: KubeObject; readonly tracked: boolean },
): Promise<Written> {
  const { resource, services } = context;
  const key = keyOf(resource, context.namespace, context.name);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const current = services.store.get(key);
    if (current === undefined) throw notFound(resource.group, resource.resource, context.name);
    const old = draftOf(services.store, resource, current);
    const { draft, tracked } = alter(old);
    const insisted = insistedVersion(draft);
    if (insisted !== undefined && insisted !== String(current.revision)) throw modified(resource, context.name);
    checkUid(resource, draft, old);
    const written = await attemptUpdate(context, { current, old, draft, tracked });
    if (written !== undefined) return written;
  }
  throw modified(resource, context.name);
}
