import type { Json } from "../generated/types.ts";
import { jsonClone } from "../patch/json-equal.ts";
import { itemsOf, type Schema, valuesOf } from "./json-schema.ts";

type Item = Record<string, unknown>;

/**
 * Fills in a custom resource's defaults, in place and in depth. A null where the schema has a default and takes no
 * null counts as absent (structural defaulting of apiextensions).
 */
export function applySchemaDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items !== undefined) for (const item of value) applySchemaDefaults(item, items);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const object = value as Item;
  const properties = schema.properties ?? {};
  for (const name of Object.keys(properties)) {
    const property = properties[name] as Schema;
    if (property.default === undefined || name === "__proto__") continue;
    const given = Object.hasOwn(object, name) ? object[name] : undefined;
    if (given === undefined || (given === null && property.nullable !== true)) {
      object[name] = jsonClone(property.default as Json);
    }
  }
  const values = valuesOf(schema);
  for (const name in object) {
    const property = Object.hasOwn(properties, name) ? properties[name] : values;
    if (property === undefined) continue;
    if (object[name] === null && property.default !== undefined && property.nullable !== true) {
      object[name] = jsonClone(property.default as Json);
    }
    applySchemaDefaults(object[name], property);
  }
}
