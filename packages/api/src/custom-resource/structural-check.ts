/** The rules that make a definition's schema a structural one, and what apiextensions v1 does not take at all. */
import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import { LinearRegex } from "../regex/linear-regex.ts";
import { RegexError } from "../regex/syntax.ts";
import { defaultErrors } from "./default-check.ts";
import {
  isEmbedded,
  isIntOrString,
  itemsOf,
  preservesUnknown,
  propertyOf,
  type Schema,
  valuesOf,
} from "./json-schema.ts";
import { listTypeRules } from "./list-type-check.ts";

type Level = "root" | "item" | "field";

/** Deepest schema; the checks and everything after them recurse. */
const maxSchemaDepth = 128;

const types: readonly string[] = ["array", "boolean", "integer", "number", "object", "string"];

const unsupported = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] as const;

/** What OpenAPI has and a CustomResourceDefinition may not use. */
function openApiErrors(schema: Schema, path: string): FieldError[] {
  const errors = unsupported
    .filter((name) => schema[name] !== undefined)
    .map((name) => field.forbidden(field.child(path, name), `${name} is not supported`));
  if (schema.type === "null") {
    const why = "type cannot be set to null, use nullable as an alternative";
    errors.push(field.forbidden(field.child(path, "type"), why));
  } else if (schema.type !== undefined && schema.type !== "" && !types.includes(schema.type)) {
    errors.push(field.notSupported(field.child(path, "type"), schema.type, types));
  }
  if (Array.isArray(schema.items)) {
    errors.push(field.forbidden(field.child(path, "items"), "items must be a schema object and not an array"));
  }
  if (schema.uniqueItems === true) {
    const why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(field.forbidden(field.child(path, "uniqueItems"), why));
  }
  if (schema.additionalProperties !== undefined) {
    const at = field.child(path, "additionalProperties");
    if (Object.keys(schema.properties ?? {}).length > 0 && schema.additionalProperties !== false) {
      errors.push(field.forbidden(at, "additionalProperties and properties are mutual exclusive"));
    }
    if (schema.additionalProperties === false) {
      errors.push(field.forbidden(at, "additionalProperties cannot be set to false"));
    }
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    const at = field.child(path, "x-kubernetes-preserve-unknown-fields");
    errors.push(field.invalid(at, false, "must be true or undefined"));
  }
  if (Object.hasOwn(schema.properties ?? {}, "__proto__")) {
    errors.push(field.forbidden(field.key(field.child(path, "properties"), "__proto__"), "this name is not allowed"));
  }
  return errors;
}

function typeRules(schema: Schema, level: Level, path: string): FieldError[] {
  const type = schema.type ?? "";
  const at = field.child(path, "type");
  if (isEmbedded(schema) && type !== "object") {
    const why = "must be object if x-kubernetes-embedded-resource is true";
    return [type === "" ? field.required(at, why) : field.invalid(at, type, why)];
  }
  if (type === "" && !isIntOrString(schema) && !preservesUnknown(schema)) {
    const where = { root: "at the root", item: "for specified array items", field: "for specified object fields" };
    return [field.required(at, `must not be empty ${where[level]}`)];
  }
  return [];
}

function extensionRules(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const embedded = isEmbedded(schema);
  const why = "must be false if x-kubernetes-int-or-string is true";
  if (isIntOrString(schema) && preservesUnknown(schema)) {
    errors.push(field.invalid(field.child(path, "x-kubernetes-preserve-unknown-fields"), true, why));
  }
  if (isIntOrString(schema) && embedded) {
    errors.push(field.invalid(field.child(path, "x-kubernetes-embedded-resource"), true, why));
  }
  if (embedded && schema.additionalProperties !== undefined) {
    const at = field.child(path, "additionalProperties");
    errors.push(field.forbidden(at, "must not be used if x-kubernetes-embedded-resource is set"));
  }
  if (embedded && !preservesUnknown(schema) && Object.keys(schema.properties ?? {}).length === 0) {
    const rule =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(field.required(field.child(path, "properties"), rule));
  }
  return errors;
}

/** apiVersion, kind and metadata are Kubernetes' own: a schema may hardly touch them. */
function metadataRules(schema: Schema, level: Level, path: string): FieldError[] {
  if (level !== "root" && !isEmbedded(schema)) return [];
  const errors: FieldError[] = [];
  const properties = schema.properties ?? {};
  for (const name of ["kind", "apiVersion"]) {
    const type = properties[name]?.type;
    if (properties[name] !== undefined && type !== "string") {
      errors.push(
        field.invalid(`${field.key(field.child(path, "properties"), name)}.type`, type ?? "", "must be string"),
      );
    }
  }
  const { metadata } = properties;
  if (metadata === undefined) return errors;
  const at = field.key(field.child(path, "properties"), "metadata");
  if (metadata.type !== "object") {
    errors.push(field.invalid(field.child(at, "type"), metadata.type ?? "", "must be object"));
  }
  const { type: _, default: __, properties: named = {}, ...rest } = metadata;
  const other = Object.keys(named).some((name) => name !== "name" && name !== "generateName");
  if (level === "root" && (other || Object.values(rest).some((value) => value !== undefined))) {
    const why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    errors.push(field.forbidden(at, why));
  }
  return errors;
}

const isIntOrStringChoice = (schemas: readonly Schema[] | undefined): boolean =>
  JSON.stringify(schemas) === JSON.stringify([{ type: "integer" }, { type: "string" }]);

function patternErrors(schema: Schema, path: string): FieldError[] {
  if (schema.pattern === undefined || schema.pattern === "") return [];
  try {
    new LinearRegex(schema.pattern);
    return [];
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    const why = `must be a valid regular expression, but isn't: ${error.message}`;
    return [field.invalid(field.child(path, "pattern"), schema.pattern, why)];
  }
}

/** Schemas under a logic junctor, with their paths. Those that spell out IntOrString are left alone. */
function junctors(schema: Schema, path: string): Array<readonly [Schema, string]> {
  const out: Array<readonly [Schema, string]> = [];
  const add = (name: string, schemas: readonly Schema[] | undefined): void => {
    schemas?.forEach((one, i) => out.push([one, field.index(field.child(path, name), i)]));
  };
  if (!(isIntOrString(schema) && isIntOrStringChoice(schema.anyOf))) add("anyOf", schema.anyOf);
  add("allOf", schema.allOf);
  add("oneOf", schema.oneOf);
  if (schema.not !== undefined) out.push([schema.not, field.child(path, "not")]);
  return out;
}

const forbiddenBelow: ReadonlyArray<readonly [keyof Schema, string]> = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["externalDocs", "must be undefined to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);

/** A schema under a junctor only judges values; `outer` is the structure it speaks of. */
function nestedErrors(schema: Schema, outer: Schema | undefined, path: string, depth: number): FieldError[] {
  if (depth > maxSchemaDepth) return [];
  const intOrString = outer !== undefined && isIntOrString(outer) && isIntOrStringChoice(schema.anyOf);
  const errors = [...openApiErrors(schema, path), ...patternErrors(schema, path)];
  for (const [name, why] of forbiddenBelow) {
    if (isSet(schema[name])) errors.push(field.forbidden(field.child(path, name), why));
  }
  const items = itemsOf(schema);
  if (items !== undefined) {
    const at = field.child(path, "items");
    const structure = outer && itemsOf(outer);
    if (outer !== undefined && structure === undefined) {
      errors.push(field.required(field.child(structuralPath(path), "items"), mirrored(at)));
    }
    errors.push(...nestedErrors(items, structure, at, depth + 1));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = field.key(field.child(path, "properties"), name);
    if (name === "metadata") errors.push(field.forbidden(at, "must not be specified in a nested context"));
    const structure = outer && propertyOf(outer, name);
    if (outer !== undefined && structure === undefined && outer.additionalProperties === undefined) {
      errors.push(field.required(field.key(field.child(structuralPath(path), "properties"), name), mirrored(at)));
    }
    errors.push(...nestedErrors(property, structure ?? (outer && valuesOf(outer)), at, depth + 1));
  }
  for (const [inner, at] of junctors(schema, path)) {
    if (intOrString && at.includes("anyOf")) continue;
    errors.push(...nestedErrors(inner, outer, at, depth + 1));
  }
  return errors;
}

const mirrored = (path: string): string => `because it is defined in ${path}`;

/** The path of the structure that a junctor's path speaks of. */
const structuralPath = (path: string): string => path.replace(/\.(?:anyOf|allOf|oneOf)\[\d+\]|\.not(?=\.|$)/g, "");

function schemaErrors(schema: Schema, level: Level, path: string, depth: number): FieldError[] {
  if (depth > maxSchemaDepth) return [field.forbidden(path, `must not nest deeper than ${maxSchemaDepth} levels`)];
  const errors = [
    ...openApiErrors(schema, path),
    ...typeRules(schema, level, path),
    ...extensionRules(schema, path),
    ...metadataRules(schema, level, path),
    ...patternErrors(schema, path),
    ...listTypeRules(schema, path),
  ];
  if (level === "root" && (schema.type ?? "") !== "" && schema.type !== "object") {
    errors.push(field.invalid(field.child(path, "type"), schema.type, "must be object at the root"));
  }
  const items = itemsOf(schema);
  if (items !== undefined) errors.push(...schemaErrors(items, "item", field.child(path, "items"), depth + 1));
  else if (schema.type === "array" && schema.items === undefined) {
    errors.push(field.required(field.child(path, "items"), "must be specified"));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    // Metadata has rules of its own.
    if (name === "metadata" && (level === "root" || isEmbedded(schema))) continue;
    errors.push(...schemaErrors(property, "field", field.key(field.child(path, "properties"), name), depth + 1));
  }
  const values = valuesOf(schema);
  const at = field.child(path, "additionalProperties");
  if (level === "root" && schema.additionalProperties !== undefined) {
    errors.push(field.forbidden(at, "must not be used at the root"));
  }
  if (values !== undefined) errors.push(...schemaErrors(values, "field", at, depth + 1));
  for (const [inner, where] of junctors(schema, path)) errors.push(...nestedErrors(inner, schema, where, depth + 1));
  return errors;
}

/**
 * What is wrong with a schema as one of a CustomResourceDefinition, errors in order of their text. `path` is where the
 * schema stands in messages. Defaults are checked once the structure is sound.
 */
export function checkStructuralSchema(schema: Schema, path: string): FieldError[] {
  const found = schemaErrors(schema, "root", path, 0);
  const errors = found.length > 0 ? found : defaultErrors(schema, path);
  const seen = new Map(errors.map((error) => [`${error.field}: ${error.message}`, error]));
  return [...seen].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, error]) => error);
}
