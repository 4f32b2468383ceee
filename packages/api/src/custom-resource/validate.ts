/** A custom resource against its schema, with the messages of kube-openapi's validator as apiextensions passes them on. */
import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { Json } from "../generated/types.ts";
import { goQuote } from "../go-format.ts";
import { jsonEqual } from "../patch/json-equal.ts";
import { LinearRegex } from "../regex/linear-regex.ts";
import { hasFormat } from "./formats.ts";
import { isEmbedded, isIntOrString, itemsOf, propertyOf, type Schema, valuesOf } from "./json-schema.ts";

type Item = Record<string, unknown>;

const isMap = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value);

const patterns = new WeakMap<Schema, LinearRegex>();

function patternOf(schema: Schema, pattern: string): LinearRegex {
  let regex = patterns.get(schema);
  if (regex === undefined) {
    regex = new LinearRegex(pattern);
    patterns.set(schema, regex);
  }
  return regex;
}

/** The schema's type of a value, as the validator names it. */
function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const typesOf = (schema: Schema): string[] => {
  if (isIntOrString(schema)) return ["integer", "string"];
  return schema.type === undefined || schema.type === "" ? [] : [schema.type];
};

/** `spec.size in body should be …`; the root has no name. */
const says = (path: string, what: string): string => `${path} in body ${what}`;

const typeError = (path: string, type: string, given: string): FieldError =>
  field.typeInvalid(path, given, says(path, `must be of type ${type}: ${goQuote(given)}`));

function typeErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  const types = typesOf(schema);
  if (types.length === 0) return [];
  const given = typeName(value);
  if (value === null) return schema.nullable === true ? [] : [typeError(path, types.join(","), "null")];
  if (types.includes(given) || (given === "integer" && types.includes("number"))) return [];
  return [typeError(path, types.join(","), given)];
}

function stringErrors(value: string, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { maxLength, minLength, pattern, format } = schema;
  // Go counts characters; a text within the limit in UTF-16 units is within it in characters as well.
  if (maxLength !== undefined && value.length > maxLength && Array.from(value).length > maxLength) {
    errors.push(field.tooLong(path, maxLength));
  }
  if (minLength !== undefined && Array.from(value).length < minLength) {
    errors.push(field.invalid(path, value, says(path, `should be at least ${minLength} chars long`)));
  }
  if (pattern !== undefined && pattern !== "" && !patternOf(schema, pattern).test(value)) {
    errors.push(field.invalid(path, value, says(path, `should match '${pattern}'`)));
  }
  if (format !== undefined && !hasFormat(format, value)) {
    errors.push(field.typeInvalid(path, value, says(path, `must be of type ${format}: ${goQuote(value)}`)));
  }
  return errors;
}

function numberErrors(value: number, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum } = schema;
  const wrong = (what: string): void => {
    errors.push(field.invalid(path, value, says(path, what)));
  };
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) wrong(`should be a multiple of ${multipleOf}`);
  if (maximum !== undefined) {
    if (exclusiveMaximum === true ? value >= maximum : value > maximum) {
      wrong(`should be less than ${exclusiveMaximum === true ? "" : "or equal to "}${maximum}`);
    }
  }
  if (minimum !== undefined) {
    if (exclusiveMinimum === true ? value <= minimum : value < minimum) {
      wrong(`should be greater than ${exclusiveMinimum === true ? "" : "or equal to "}${minimum}`);
    }
  }
  const limit = schema.format === "int32" ? 2 ** 31 : undefined;
  if (limit !== undefined && (value >= limit || value < -limit)) {
    errors.push(field.typeInvalid(path, "integer", says(path, `must be of type int32: "integer"`)));
  }
  return errors;
}

function listErrors(value: readonly unknown[], schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const items = itemsOf(schema);
  if (items !== undefined) {
    value.forEach((item, i) => errors.push(...valueErrors(item, items, field.index(path, i))));
  }
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(field.invalid(path, value.length, says(path, `should have at least ${schema.minItems} items`)));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push(field.tooMany(path, value.length, schema.maxItems));
  }
  return errors;
}

function objectErrors(value: Item, schema: Schema, path: string): FieldError[] {
  const size = Object.keys(value).length;
  if (schema.minProperties !== undefined && size < schema.minProperties) {
    const what = `should have at least ${schema.minProperties} properties`;
    return [field.invalid(path, size, says(path, what))];
  }
  if (schema.maxProperties !== undefined && size > schema.maxProperties) {
    return [field.tooMany(path, size, schema.maxProperties)];
  }
  const errors: FieldError[] = [];
  const values = valuesOf(schema);
  for (const name of Object.keys(value).sort()) {
    const property = propertyOf(schema, name) ?? values;
    if (property !== undefined) errors.push(...valueErrors(value[name], property, field.child(path, name)));
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) errors.push(field.required(field.child(path, name)));
  }
  if (isEmbedded(schema)) errors.push(...embeddedErrors(value, path));
  return errors;
}

/** An embedded object says what it is. */
function embeddedErrors(value: Item, path: string): FieldError[] {
  return ["apiVersion", "kind"].flatMap((name) => {
    const given = value[name];
    const at = field.child(path, name);
    return given === undefined || given === "" ? [field.required(at, "must not be empty")] : [];
  });
}

/** Errors of a junctor stand at the object, not at the field: upstream's have no path of their own. */
const junctorError = (path: string, what: string): FieldError => field.invalid("", "", `"${path}" ${what}`);

function junctorErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  const failures = (schemas: readonly Schema[]): FieldError[][] => schemas.map((s) => valueErrors(value, s, path));
  const best = (all: readonly FieldError[][]): FieldError[] =>
    all.reduce((least, some) => (some.length < least.length ? some : least), all[0] ?? []);
  if (anyOf.length > 0) {
    const all = failures(anyOf);
    if (all.every((some) => some.length > 0)) {
      errors.push(junctorError(path, "must validate at least one schema (anyOf)"), ...best(all));
    }
  }
  if (oneOf.length > 0) {
    const all = failures(oneOf);
    const valid = all.filter((some) => some.length === 0).length;
    if (valid !== 1) {
      const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
      errors.push(junctorError(path, `must validate one and only one schema (oneOf). ${found}`));
      if (valid === 0) errors.push(...best(all));
    }
  }
  const failed = failures(allOf).filter((some) => some.length > 0);
  if (failed.length > 0) {
    const none = failed.length === allOf.length ? ". None validated" : "";
    errors.push(...failed.flat(), junctorError(path, `must validate all the schemas (allOf)${none}`));
  }
  if (not !== undefined && valueErrors(value, not, path).length === 0) {
    errors.push(junctorError(path, "must not validate the schema (not)"));
  }
  return errors;
}

function enumErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  const allowed = schema.enum as readonly Json[] | undefined;
  if (allowed === undefined || allowed.length === 0) return [];
  if (allowed.some((one) => jsonEqual(one, value))) return [];
  const shown = allowed.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  return [field.notSupported(path, value, shown)];
}

/** All broken rules of a value, in depth. A value of the wrong type is told once. */
export function valueErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  const errors = typeErrors(value, schema, path);
  if (value === null) return [...errors, ...enumErrors(value, schema, path)];
  errors.push(...junctorErrors(value, schema, path));
  if (typeof value === "string") errors.push(...stringErrors(value, schema, path));
  else if (typeof value === "number") errors.push(...numberErrors(value, schema, path));
  else if (Array.isArray(value)) errors.push(...listErrors(value, schema, path));
  errors.push(...enumErrors(value, schema, path));
  if (isMap(value)) errors.push(...objectErrors(value, schema, path));
  return errors;
}

/** Elements that stand twice in a list that is a set or a map. */
export function listTypeErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    const inner =
      items === undefined ? [] : value.flatMap((item, i) => listTypeErrors(item, items, field.index(path, i)));
    return [...duplicateErrors(value, schema, path), ...inner];
  }
  if (!isMap(value)) return [];
  const values = valuesOf(schema);
  return Object.keys(value).flatMap((name) => {
    const property = propertyOf(schema, name) ?? values;
    return property === undefined ? [] : listTypeErrors(value[name], property, field.child(path, name));
  });
}

function duplicateErrors(list: readonly unknown[], schema: Schema, path: string): FieldError[] {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return [];
  const keys = [...(schema["x-kubernetes-list-map-keys"] ?? [])].sort();
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  list.forEach((item, i) => {
    const shown = type === "map" && isMap(item) ? keysOf(item, keys, itemsOf(schema)) : item;
    const identity = JSON.stringify(shown);
    if (seen.has(identity)) errors.push(field.duplicate(field.index(path, i), shown));
    seen.add(identity);
  });
  return errors;
}

function keysOf(item: Item, keys: readonly string[], items: Schema | undefined): Item {
  const found = keys.map((key) => [key, item[key] ?? (items && propertyOf(items, key)?.default)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** Whether a schema has rules in CEL anywhere. */
export function hasRules(schema: Schema): boolean {
  if ((schema["x-kubernetes-validations"] ?? []).length > 0) return true;
  const inner = [itemsOf(schema), valuesOf(schema), ...Object.values(schema.properties ?? {})];
  return inner.some((one) => one !== undefined && hasRules(one));
}

const unchecked =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/** All broken rules of a custom resource. */
export function validateCustomResource(object: object, schema: Schema): FieldError[] {
  const errors = [...valueErrors(object, schema, ""), ...listTypeErrors(object, schema, "")];
  // Upstream leaves its CEL rules unevaluated where the object is invalid anyway, and says so.
  if (errors.length > 0 && hasRules(schema)) errors.push(field.invalid("", null, unchecked));
  return errors;
}
