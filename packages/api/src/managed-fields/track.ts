/** Who manages which field after a write that is not an apply: every create, update and patch. */
import type { ManagedFieldsEntry } from "../generated/types.ts";
import { toWireForm } from "../kinds/wire-form.ts";
import type { KubeObject } from "../object.ts";
import type { SchemaNode } from "../schema-node.ts";
import { type Comparison, compareObjects } from "./compare.ts";
import { difference, type FieldSet, type Fields, intersection, leaf, recursiveDifference, union } from "./field-set.ts";
import { included } from "./included.ts";
import {
  capManagers,
  decodeManagers,
  encodeManagers,
  type Manager,
  type Managers,
  managerIdentity,
} from "./managers.ts";
import { reconcileManagers } from "./reconcile.ts";

/** Who writes what, as a request has it. */
export interface WriteContext {
  /** The fieldManager parameter, or what stands before the slash in the user agent. */
  readonly manager: string;
  /** `apps/v1`: the version that the object is written in. */
  readonly apiVersion: string;
  /** "" for the main resource. */
  readonly subresource: string;
  /** RFC 3339, seconds. */
  readonly now: string;
  readonly schema: SchemaNode;
  /** Field paths that this resource's writes never own (`status`, `metadata.labels`), as in a row. */
  readonly resetFields: readonly string[];
  /** Where given, the only field paths that its writes own. */
  readonly ownedFields?: readonly string[] | undefined;
  /** Entries of this write carry no time, as those of the scale subresource do. */
  readonly untimed?: boolean;
}

const ignoredSets = new WeakMap<readonly string[], { readonly fields: FieldSet }>();

/** Paths such as `metadata.labels` as a set; made once for each list. */
function ignoredFields(paths: readonly string[]): FieldSet {
  const known = ignoredSets.get(paths);
  if (known !== undefined) return known.fields;
  let fields: FieldSet;
  for (const path of paths) {
    const names = path.split(".").reverse();
    fields = union(
      fields,
      names.reduce<Fields>((inner, name) => ({ [`f:${name}`]: inner }), leaf),
    );
  }
  ignoredSets.set(paths, { fields });
  return fields;
}

/** Of a set, what this write can own. */
export function ownable(
  fields: FieldSet,
  { resetFields, ownedFields }: Pick<WriteContext, "resetFields" | "ownedFields">,
): FieldSet {
  const kept = recursiveDifference(fields, ignoredFields(resetFields));
  return ownedFields === undefined ? kept : included(kept, ownedFields);
}

/** What an object of a schema looks like to Go before anything is set: embedded structs stand, the rest is absent. */
export function emptyObject(schema: SchemaNode): object {
  const object = {};
  if (schema.id !== "") toWireForm(object, schema.id);
  return object;
}

/** A client may strip all entries by sending a list of one empty entry. */
const isReset = (entries: readonly ManagedFieldsEntry[] | undefined): boolean =>
  entries?.length === 1 && Object.keys(entries[0] ?? {}).length === 0;

/** The managers that a write starts from: the client's own, if it sent valid ones, or those of the live object. */
function startingManagers(live: KubeObject | undefined, next: KubeObject, subresource: string): Managers {
  const sent = next.metadata.managedFields ?? [];
  if (subresource === "") {
    if (isReset(sent)) return new Map();
    // Most writes send back what they were given.
    const given = sent.length === 0 || sent === live?.metadata.managedFields ? undefined : decodeManagers(sent);
    if (given !== undefined && given.size > 0) return given;
  }
  return decodeManagers(live?.metadata.managedFields) ?? new Map();
}

/** Takes changed and removed fields from every manager; returns what the excluded fields leave of the comparison. */
export function yieldFields(managers: Managers, changed: FieldSet, removed: FieldSet, except?: string): void {
  for (const [identity, manager] of managers) {
    if (identity === except) continue;
    const fields = difference(difference(manager.fields, intersection(manager.fields, changed)), removed);
    if (fields === manager.fields && fields !== undefined) continue;
    if (fields === undefined) managers.delete(identity);
    else managers.set(identity, { ...manager, fields });
  }
}

/** Gives a manager what a write added and changed; it keeps what it had. */
export function takeFields(managers: Managers, comparison: Comparison, context: WriteContext, name: string): void {
  const owned = (fields: FieldSet): FieldSet => ownable(fields, context);
  const changed = owned(union(comparison.modified, comparison.added));
  yieldFields(managers, changed, owned(comparison.removed));
  if (changed === undefined) return;
  const writer = {
    manager: name === "" ? "unknown" : name,
    operation: "Update",
    apiVersion: context.apiVersion,
    subresource: context.subresource,
  } as const;
  const identity = managerIdentity(writer);
  const before: Manager | undefined = managers.get(identity);
  const time = context.untimed === true ? undefined : context.now;
  managers.set(identity, { ...writer, fields: union(before?.fields, changed), time });
}

/**
 * Sets next.metadata.managedFields for a create (live undefined), update or patch. Both objects must be in the form in
 * which they are stored. An object whose entries were stripped is not tracked until it is applied again.
 */
export function trackUpdate(live: KubeObject | undefined, next: KubeObject, context: WriteContext): void {
  const managers = startingManagers(live, next, context.subresource);
  reconcileManagers(managers, live, context.schema);
  const untracked = managers.size === 0 && live !== undefined;
  if (!untracked) {
    const comparison = compareObjects(live ?? emptyObject(context.schema), next, context.schema);
    if (isUnchanged(comparison) && keepsEntries(live, next)) {
      setEntries(next, live?.metadata.managedFields);
      return;
    }
    takeFields(managers, comparison, context, context.manager);
    capManagers(managers);
  }
  setEntries(next, encodeManagers(managers));
}

export const isUnchanged = (comparison: Comparison): boolean =>
  comparison.added === undefined && comparison.modified === undefined && comparison.removed === undefined;

/** Whether the client left the entries alone: they need not be read then. */
function keepsEntries(live: KubeObject | undefined, next: KubeObject): boolean {
  const sent = next.metadata.managedFields;
  return live !== undefined && (sent === undefined || sent.length === 0 || sent === live.metadata.managedFields);
}

export function setEntries(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = entries;
}
