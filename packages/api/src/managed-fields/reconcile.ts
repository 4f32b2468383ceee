/** Managers' sets after a definition's schema changed beneath them: from atomic to granular, and back. */
import { schemaById } from "../schema-facts.ts";
import { type SchemaNode, untyped } from "../schema-node.ts";
import { type FieldSet, type Fields, isLeaf, isMember, leaf } from "./field-set.ts";
import { elementOf, ownValue } from "./list-element.ts";
import type { Managers } from "./managers.ts";
import { fieldsOfValue, isWhole } from "./owned-fields.ts";

type Item = Record<string, unknown>;

/** A part's set as its schema has it now; the same set where nothing changed. */
function reconciled(fields: Fields, value: unknown, node: SchemaNode): Fields {
  if (value === undefined || value === null) return fields;
  if (isWhole(value, node)) return isLeaf(fields) ? fields : leaf;
  // What was owned as a whole is owned through its parts now.
  if (isLeaf(fields)) return fieldsOfValue(value, node) ?? fields;
  let out: Record<string, Fields> | undefined;
  const elements = Array.isArray(value) ? elementsOf(value, node) : undefined;
  for (const key in fields) {
    if (key === ".") continue;
    const inner = fields[key] as Fields;
    const child = elements === undefined ? childAt(key, value, node) : elementAt(key, elements, node);
    if (child === undefined) continue;
    const next = reconciled(inner, child.value, child.node);
    // A member stays one: `.` marks an entry of its own beside its parts.
    const kept = isMember(inner) && !isMember(next) && child.entry ? { ".": leaf, ...next } : next;
    if (kept === inner) continue;
    out ??= { ...fields };
    out[key] = kept;
  }
  return out ?? fields;
}

interface Child {
  readonly value: unknown;
  readonly node: SchemaNode;
  /** An element of a list or an entry of a map, which is owned itself as well. */
  readonly entry: boolean;
}

const elementsOf = (list: readonly unknown[], node: SchemaNode): ReadonlyMap<string, unknown> =>
  new Map(list.map((item) => [elementOf(item, node), item]));

const elementAt = (key: string, elements: ReadonlyMap<string, unknown>, node: SchemaNode): Child | undefined =>
  key.startsWith("f:") ? undefined : { value: elements.get(key), node: node.items, entry: true };

function childAt(key: string, value: unknown, node: SchemaNode): Child | undefined {
  if (!key.startsWith("f:") || typeof value !== "object" || value === null) return undefined;
  const name = key.slice(2);
  const declared = node.shape === "struct" ? node.fields.get(name) : undefined;
  return {
    value: ownValue(value as Item, name),
    node: declared ?? node.child(name) ?? untyped,
    entry: declared === undefined,
  };
}

/** Brings the managers of a custom resource in line with its schema, in place. Built-in schemas do not change. */
export function reconcileManagers(managers: Managers, live: object | undefined, schema: SchemaNode): void {
  if (live === undefined || schemaById(schema.id) !== undefined) return;
  for (const [identity, manager] of managers) {
    const before: FieldSet = manager.fields;
    if (before === undefined) continue;
    const fields = reconciled(before, live, schema);
    if (fields !== before) managers.set(identity, { ...manager, fields });
  }
}
