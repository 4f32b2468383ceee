import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import { checkObject } from "../object-check.ts";
import { jsonClone, jsonEqual } from "../patch/json-equal.ts";
import { customResourceSchema, itemsOf, type Schema, valuesOf } from "./json-schema.ts";
import { listTypeErrors, valueErrors } from "./validate.ts";

/** A default must be a value that the schema takes as it is: valid, with nothing that would be pruned. */
function valueOfDefault(schema: Schema, path: string): FieldError[] {
  const value = schema.default as unknown;
  const at = field.child(path, "default");
  const errors = [...valueErrors(value, schema, ""), ...listTypeErrors(value, schema, "")];
  if (errors.length > 0) {
    // The validator knows the default alone: its paths start there.
    return errors.map((error) => ({ ...error, field: error.field === "<nil>" ? at : joined(at, error.field) }));
  }
  const pruned = { value: jsonClone(value) };
  const wrapper: Schema = { type: "object", properties: { value: schema } };
  checkObject(pruned, customResourceSchema(wrapper, { group: "", version: "", kind: "" }));
  if (jsonEqual(pruned.value, value)) return [];
  return [field.invalid(at, value, "must not have unknown fields")];
}

const joined = (at: string, path: string): string => (path.startsWith("[") ? `${at}${path}` : `${at}.${path}`);

/** What is wrong with the defaults of a schema that is structurally sound. */
export function defaultErrors(schema: Schema, path: string): FieldError[] {
  const errors = schema.default === undefined ? [] : valueOfDefault(schema, path);
  const items = itemsOf(schema);
  if (items !== undefined) errors.push(...defaultErrors(items, field.child(path, "items")));
  const values = valuesOf(schema);
  if (values !== undefined) errors.push(...defaultErrors(values, field.child(path, "additionalProperties")));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...defaultErrors(property, field.key(field.child(path, "properties"), name)));
  }
  return errors;
}
