import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import { itemsOf, propertyOf, type Schema } from "./json-schema.ts";

const isScalar = (schema: Schema): boolean => schema.type !== "object" && schema.type !== "array";

function itemTypeRules(items: Schema, keys: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const why = "must be object if parent array's x-kubernetes-list-type is map";
  if (items.type !== "object") {
    const at = field.child(path, "items", "type");
    errors.push((items.type ?? "") === "" ? field.required(at, why) : field.invalid(at, items.type, why));
  }
  for (const key of keys) {
    const property = propertyOf(items, key);
    const at = field.key(field.child(path, "items", "properties"), key);
    if (property === undefined) {
      const names = "entries must all be names of item properties";
      errors.push(field.invalid(field.child(path, "x-kubernetes-list-map-keys"), keys, names));
      break;
    }
    if (!isScalar(property)) {
      const scalar = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(field.invalid(field.child(at, "type"), property.type ?? "", scalar));
    }
    if (property.default === undefined && !(items.required ?? []).includes(key)) {
      const must =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      errors.push(field.required(field.child(at, "default"), must));
    }
  }
  return errors;
}

function mapListRules(schema: Schema, path: string): FieldError[] {
  const items = itemsOf(schema);
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const at = field.child(path, "x-kubernetes-list-map-keys");
  if (keys.length === 0) return [field.required(at, "must not be empty if x-kubernetes-list-type is map")];
  const errors: FieldError[] = [];
  if (new Set(keys).size !== keys.length) errors.push(field.invalid(at, keys, "must not contain duplicate entries"));
  if (items === undefined) {
    return [
      ...errors,
      field.required(field.child(path, "items"), "must have a schema if x-kubernetes-list-type is map"),
    ];
  }
  return [...errors, ...itemTypeRules(items, keys, path), ...nullableRules(items, path)];
}

function nullableRules(items: Schema, path: string): FieldError[] {
  if (items.nullable !== true) return [];
  return [
    field.forbidden(
      field.child(path, "items", "nullable"),
      "cannot be nullable when x-kubernetes-list-type is set or map",
    ),
  ];
}

/** The items of a set are compared whole: objects and lists among them must be atomic. */
function setListRules(schema: Schema, path: string): FieldError[] {
  const items = itemsOf(schema);
  if (items === undefined) return [];
  const errors = nullableRules(items, path);
  const why = "must be atomic as item of a list with x-kubernetes-list-type=set";
  if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    errors.push(
      field.invalid(field.child(path, "items", "x-kubernetes-map-type"), items["x-kubernetes-map-type"] ?? null, why),
    );
  }
  const listType = items["x-kubernetes-list-type"];
  if (items.type === "array" && listType !== undefined && listType !== "atomic") {
    errors.push(field.invalid(field.child(path, "items", "x-kubernetes-list-type"), listType, why));
  }
  return errors;
}

/** `must be array if x-kubernetes-list-type is specified`, and the like. */
function typeRule(schema: Schema, wanted: string, why: string, path: string): FieldError[] {
  if (schema.type === wanted) return [];
  const at = field.child(path, "type");
  return [(schema.type ?? "") === "" ? field.required(at, why) : field.invalid(at, schema.type, why)];
}

/** Rules of x-kubernetes-list-type, -list-map-keys and -map-type. */
export function listTypeRules(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (listType !== undefined) {
    const at = field.child(path, "x-kubernetes-list-type");
    if (!["atomic", "set", "map"].includes(listType)) {
      errors.push(field.notSupported(at, listType, ["atomic", "map", "set"]));
    }
    errors.push(...typeRule(schema, "array", "must be array if x-kubernetes-list-type is specified", path));
  }
  if (listType === "map") errors.push(...mapListRules(schema, path));
  else if (keys.length > 0) {
    const at = field.child(path, "x-kubernetes-list-type");
    const why = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(listType === undefined ? field.required(at, why) : field.invalid(at, listType, why));
  }
  if (listType === "set") errors.push(...setListRules(schema, path));
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType !== undefined) {
    if (!["atomic", "granular"].includes(mapType)) {
      errors.push(field.notSupported(field.child(path, "x-kubernetes-map-type"), mapType, ["atomic", "granular"]));
    }
    errors.push(...typeRule(schema, "object", "must be object if x-kubernetes-map-type is specified", path));
  }
  return errors;
}
