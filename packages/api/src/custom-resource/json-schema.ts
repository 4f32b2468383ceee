/** The schema of a custom resource as a CustomResourceDefinition has it, and as the rest of this package reads it. */
import type { JSONSchemaProps, Json } from "../generated/types.ts";
import type { GroupVersionKind } from "../object.ts";
import { schemaOf } from "../schema-facts.ts";
import { type ListType, type ScalarType, SchemaNode, untyped } from "../schema-node.ts";

const objectMetaId = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** JSONSchemaProps with the fields whose type the generated types leave open. */
export type Schema = JSONSchemaProps;

/** The one schema of a list's items; a list of schemas is refused when the definition is created. */
export const itemsOf = (schema: Schema): Schema | undefined =>
  schema.items === undefined || Array.isArray(schema.items) ? undefined : (schema.items as Schema);

/** The schema of what `properties` does not name. */
export const valuesOf = (schema: Schema): Schema | undefined =>
  typeof schema.additionalProperties === "object" ? (schema.additionalProperties as Schema) : undefined;

export const preservesUnknown = (schema: Schema): boolean => schema["x-kubernetes-preserve-unknown-fields"] === true;
export const isEmbedded = (schema: Schema): boolean => schema["x-kubernetes-embedded-resource"] === true;
export const isIntOrString = (schema: Schema): boolean => schema["x-kubernetes-int-or-string"] === true;

/** A field's schema, whatever its name: `constructor` is a name like any other. */
export const propertyOf = (schema: Schema, name: string): Schema | undefined =>
  schema.properties !== undefined && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;

const scalars: Readonly<Record<string, ScalarType>> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
};

const scalarNode = (schema: Schema, scalar: ScalarType): SchemaNode =>
  new SchemaNode({
    id: "",
    shape: "scalar",
    scalar,
    type: schema.type ?? "",
    format: schema.format ?? "",
    lenient: true,
    default: schema.default as Json | undefined,
  });

const typeMetaNode: SchemaNode = scalarNode({ type: "string" }, "string");

function nodeOf(schema: Schema): SchemaNode {
  if (isIntOrString(schema)) return scalarNode(schema, "any");
  const scalar = schema.type === undefined ? undefined : scalars[schema.type];
  if (scalar !== undefined) return scalarNode(schema, scalar);
  if (schema.type === "array") return listNode(schema);
  return schema.type === "object" ? objectNode(schema) : untyped;
}

function listNode(schema: Schema): SchemaNode {
  const items = itemsOf(schema);
  return new SchemaNode({
    id: "",
    shape: "list",
    type: "array",
    lenient: true,
    items: () => (items === undefined ? untyped : nodeOf(items)),
    listType: (schema["x-kubernetes-list-type"] ?? "atomic") as ListType,
    listKeys: schema["x-kubernetes-list-map-keys"] ?? [],
    default: schema.default as Json | undefined,
  });
}

function objectNode(schema: Schema): SchemaNode {
  const values = valuesOf(schema);
  const common = {
    id: "",
    type: "object",
    lenient: true,
    atomicMap: schema["x-kubernetes-map-type"] === "atomic",
    default: schema.default as Json | undefined,
  };
  if (schema.properties === undefined && !isEmbedded(schema)) {
    if (values !== undefined) return new SchemaNode({ ...common, shape: "map", values: () => nodeOf(values) });
    if (preservesUnknown(schema) || schema.additionalProperties === true) {
      return new SchemaNode({ ...common, shape: "map" });
    }
  }
  return new SchemaNode({
    ...common,
    shape: "struct",
    open: preservesUnknown(schema),
    fields: () => fieldsOf(schema, isEmbedded(schema)),
  });
}

/** Declared fields; every object of Kubernetes has apiVersion, kind and metadata whatever its schema says. */
function fieldsOf(schema: Schema, resource: boolean): Map<string, SchemaNode> {
  const fields = new Map<string, SchemaNode>();
  for (const [name, field] of Object.entries(schema.properties ?? {})) fields.set(name, nodeOf(field));
  if (!resource) return fields;
  fields.set("apiVersion", typeMetaNode);
  fields.set("kind", typeMetaNode);
  return fields.set("metadata", schemaOf(objectMetaId));
}

/** A definition's schema as the node that decoding, patches and server-side apply read. No schema keeps everything. */
export const customResourceSchema = (
  schema: Schema | undefined,
  { kind, version, group }: GroupVersionKind,
): SchemaNode =>
  new SchemaNode({
    id: `${group.split(".").reverse().join(".")}.${version}.${kind}`,
    shape: "struct",
    type: "object",
    open: schema === undefined || preservesUnknown(schema),
    fields: () => fieldsOf(schema ?? {}, true),
  });
