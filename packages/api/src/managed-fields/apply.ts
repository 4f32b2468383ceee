/** Server-side apply, as structured-merge-diff and apimachinery's managedfields package do it. */
import { decodeObject } from "../decode.ts";
import { goJson } from "../go-format.ts";
import { toWireForm } from "../kinds/wire-form.ts";
import type { KubeObject } from "../object.ts";
import { jsonClone, jsonEqual } from "../patch/json-equal.ts";
import { badRequest, plainError } from "../status.ts";
import { compareObjects, unownedMetadata } from "./compare.ts";
import { type Conflict, conflictError } from "./conflicts.ts";
import { difference, type FieldSet, intersection, sameFields, union } from "./field-set.ts";
import {
  capManagers,
  decodeManagers,
  encodeManagers,
  type Manager,
  type Managers,
  managerIdentity,
} from "./managers.ts";
import { mergeValues, typeErrors } from "./merge.ts";
import { fieldSetOf, removeFields, withNamedFields } from "./owned-fields.ts";
import { reconcileManagers } from "./reconcile.ts";
import { emptyObject, ownable, setEntries, takeFields, type WriteContext, yieldFields } from "./track.ts";

/** What an apply needs to know beyond any other write. */
export interface ApplyContext extends WriteContext {
  readonly kind: string;
  /** Take fields from other managers rather than fail. */
  readonly force: boolean;
}

/** What an apply made. */
export interface Applied {
  /** The merged object in wire form with its managedFields; defaults are the caller's to set. */
  readonly object: KubeObject;
  /** Whether anything but managedFields differs from the live object. */
  readonly changed: boolean;
}

/** Who is named as the manager of the fields of an object that nobody tracked before its first apply. */
const beforeFirstApply = "before-first-apply";
const kubectl = "kubectl";
const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

type Item = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** `ns/name; group/version, Kind=KIND` of a configuration, as errors name it. */
function configName(config: Item): string {
  const metadata = (config["metadata"] ?? {}) as Item;
  const [apiVersion, kind] = [text(config["apiVersion"]), text(config["kind"])];
  const groupVersion = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  return `${text(metadata["namespace"])}/${text(metadata["name"])}; ${groupVersion}, Kind=${kind}`;
}

function checkConfig(config: Item, context: ApplyContext): void {
  const { apiVersion, kind } = config;
  if (typeof apiVersion !== "string" || apiVersion === "" || typeof kind !== "string" || kind === "") {
    throw badRequest(`invalid object type: /${text(apiVersion)}, Kind=${text(kind)}`);
  }
  if (kind !== context.kind || apiVersion !== context.apiVersion) {
    throw badRequest(
      kind === context.kind
        ? `Incorrect version specified in apply patch. Specified patch version: ${apiVersion}, expected: ${context.apiVersion}`
        : `invalid object type: ${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`,
    );
  }
  const metadata = config["metadata"];
  if (typeof metadata === "object" && metadata !== null && (metadata as Item)["managedFields"] !== undefined) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const errors = typeErrors(config, context.schema);
  if (errors.length > 0) {
    const shown = errors.length === 1 ? errors[0] : ["errors:", ...errors.map((e) => `  ${e}`)].join("\n");
    throw plainError(`failed to create typed patch object (${configName(config)}): ${shown}`);
  }
}

/** The managers of a live object; an untracked one's fields are given to a manager of that name first. */
function liveManagers(live: KubeObject | undefined, context: ApplyContext): Managers {
  const managers = decodeManagers(live?.metadata.managedFields) ?? new Map<string, Manager>();
  reconcileManagers(managers, live, context.schema);
  if (managers.size > 0 || live === undefined) return managers;
  const comparison = compareObjects(emptyObject(context.schema), live, context.schema);
  takeFields(managers, comparison, context, beforeFirstApply);
  return managers;
}

/**
 * Takes out what the applier set the last time and does not set now, unless another manager owns it as well
 * (Updater.prune and the two passes that add back).
 */
function prune(merged: Item, last: FieldSet, managers: Managers, context: ApplyContext): Item {
  if (last === undefined) return merged;
  const { schema } = context;
  const named = (fields: FieldSet): FieldSet => withNamedFields(fields, schema);
  const remove = (fields: FieldSet): Item => (removeFields(merged, fields, schema) ?? {}) as Item;
  let managed: FieldSet;
  for (const manager of managers.values()) managed = union(managed, manager.fields);
  const lastNamed = named(last);
  if (difference(lastNamed, named(managed)) === undefined) return merged;
  const all = named(fieldSetOf(merged, schema));
  let pruned = remove(lastNamed);
  pruned = remove(difference(all, union(named(fieldSetOf(pruned, schema)), named(managed))));
  return withIdentity(remove(intersection(difference(all, named(fieldSetOf(pruned, schema))), lastNamed)), merged);
}

/** What nobody owns of the metadata (name, uid, …) stays when its last owned field, a label say, is given up. */
function withIdentity(pruned: Item, merged: Item): Item {
  const before = merged["metadata"];
  if (typeof before !== "object" || before === null) return pruned;
  const kept = Object.entries(before).filter(([key, value]) => unownedMetadata.has(key) && value !== undefined);
  return { ...pruned, metadata: { ...Object.fromEntries(kept), ...(pruned["metadata"] as Item | undefined) } };
}

function conflictsOf(managers: Managers, changed: FieldSet, applier: string): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const [identity, manager] of managers) {
    if (identity === applier) continue;
    const fields = intersection(manager.fields, changed);
    if (fields !== undefined) conflicts.push({ manager, fields });
  }
  return conflicts;
}

/** Fields that kubectl's client-side apply set: its server-side apply may take those over. */
function lastApplied(live: KubeObject | undefined, context: ApplyContext): FieldSet {
  const annotation = live?.metadata.annotations?.[lastAppliedAnnotation];
  if (annotation === undefined || live === undefined) return undefined;
  const slash = context.apiVersion.indexOf("/");
  try {
    const { object } = decodeObject(Buffer.from(annotation), {
      format: "json",
      kind: {
        group: slash < 0 ? "" : context.apiVersion.slice(0, slash),
        version: context.apiVersion.slice(slash + 1),
        kind: context.kind,
      },
      schema: context.schema,
      fieldValidation: "Ignore",
    });
    const applied = fieldSetOf(object, context.schema);
    // Only what still is as it was applied may be taken.
    const { modified, removed } = compareObjects(object, live, context.schema);
    return difference(difference(applied, modified), removed);
  } catch {
    return undefined;
  }
}

/**
 * Where kubectl applied on the client before, its annotation follows what it applies on the server, so that going back
 * does not undo it.
 */
function syncLastApplied(object: KubeObject, config: Item): void {
  const { annotations } = object.metadata;
  if (annotations?.[lastAppliedAnnotation] === undefined) return;
  const metadata = { ...(config["metadata"] as Item) };
  const own = metadata["annotations"];
  if (typeof own === "object" && own !== null) {
    const { [lastAppliedAnnotation]: _, ...rest } = own as Item;
    metadata["annotations"] = rest;
  }
  annotations[lastAppliedAnnotation] = `${goJson({ ...config, metadata })}\n`;
}

function refuseConflicts(conflicts: readonly Conflict[], live: KubeObject | undefined, context: ApplyContext): void {
  if (conflicts.length === 0 || context.force) return;
  const allowed = context.manager === kubectl ? lastApplied(live, context) : undefined;
  const left = conflicts
    .map(({ manager, fields }) => ({ manager, fields: difference(fields, allowed) }))
    .filter(({ fields }) => fields !== undefined);
  if (left.length > 0) throw conflictError(left);
}

/**
 * Applies a configuration to an object, or to none. Neither is changed. Throws StatusError: 400 for a configuration of
 * another kind or with managedFields, 500 for one that does not fit the schema (as upstream does), 409 for conflicts.
 */
export function applyConfiguration(live: KubeObject | undefined, config: object, context: ApplyContext): Applied {
  const configuration = config as Item;
  checkConfig(configuration, context);
  const { schema } = context;
  const managers = liveManagers(live, context);
  const applier = {
    manager: context.manager,
    operation: "Apply",
    apiVersion: context.apiVersion,
    subresource: context.subresource,
  } as const;
  const identity = managerIdentity(applier);
  const last = managers.get(identity);
  const fields = ownable(fieldSetOf(configuration, schema), context);
  managers.set(identity, {
    ...applier,
    fields: sameFields(last?.fields, fields) ? last?.fields : fields,
    time: last?.time,
  });

  const before = withoutEntries((live ?? emptyObject(schema)) as Item);
  const merged = mergeValues(before, configuration, schema) as Item;
  // Who applies the same fields again, with other values or not, gives none up.
  const gaveUp = managers.get(identity)?.fields === last?.fields ? undefined : last?.fields;
  const next = prune(merged, gaveUp, managers, context);

  const comparison = compareObjects(before, next, schema);
  const changed = ownable(union(comparison.modified, comparison.added), context);
  refuseConflicts(conflictsOf(managers, changed, identity), live, context);
  yieldFields(managers, changed, ownable(comparison.removed, context), identity);

  // Empty lists and maps that the stored form leaves out are no change: applying them again writes nothing.
  const object = jsonClone(next) as unknown as KubeObject;
  if (schema.id !== "") toWireForm(object, schema.id);
  const differs = live === undefined || !jsonEqual(before, object);
  const own = managers.get(identity);
  if (own?.fields === undefined) managers.delete(identity);
  else if (differs) managers.set(identity, { ...own, time: context.now });
  capManagers(managers);
  object.metadata ??= {};
  if (context.manager === kubectl) syncLastApplied(object, configuration);
  setEntries(object, encodeManagers(managers));
  return { object, changed: differs };
}

function withoutEntries(object: Item): Item {
  const metadata = object["metadata"];
  if (typeof metadata !== "object" || metadata === null) return object;
  const { managedFields: _, ...rest } = metadata as Item;
  return { ...object, metadata: rest };
}
