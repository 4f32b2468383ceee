import {
  applyConfiguration,
  checkObject,
  decodeObject,
  type FieldError,
  goQuote,
  goValue,
  invalid,
  type KubeObject,
  type ParsedPatch,
  parsePatch,
  patchObject,
  type SchemaNode,
  schemaOf,
  strictErrors,
  strictPatchError,
  trackUpdate,
  type WriteContext,
} from "@bulkhead/api";
import type { Decoded, FieldOwner, ObjectSchema, PatchType } from "./object-schema.ts";
import type { ServedResource } from "./served-resource.ts";
import type { FieldValidation } from "./write-options.ts";

const cannotBeRead = (parsed: ParsedPatch, patched: unknown, why: string) => {
  const shown = parsed.type === "strategic" ? goQuote(goValue(parsed.patch)) : JSON.stringify(patched);
  const error: FieldError = { reason: "FieldValueInvalid", field: "patch", message: `Invalid value: ${shown}: ${why}` };
  return invalid("", "", "", [error]);
};

/** What Kubernetes' own schema facts do to the bodies of a built-in kind. */
export const builtInSchema = (resource: ServedResource): ObjectSchema =>
  objectSchema(resource, schemaOf(resource.row.schema), true);

/** What a schema does to the bodies of a kind; `strategic`: it knows how lists merge in strategic merge patches. */
export function objectSchema(resource: ServedResource, schema: SchemaNode, strategic: boolean): ObjectSchema {
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  return {
    strategic,
    decode: (body, format, fieldValidation) => {
      const decoded = decodeObject(body, { format, kind, schema, fieldValidation });
      decoded.object.metadata ??= {};
      return decoded;
    },
    patch: (type, current, bytes, validation) => patched(type, current, bytes, validation, schema),
    update: (live, next, owner) => trackUpdate(live, next, writeContext(resource, schema, owner)),
    apply: (live, body, owner, force, validation) => applied(resource, schema, live, body, owner, force, validation),
  };
}

/** Who writes what, as managedFields record it. */
export const writeContext = (resource: ServedResource, schema: SchemaNode, owner: FieldOwner): WriteContext => ({
  manager: owner.manager,
  apiVersion: resource.apiVersion,
  subresource: owner.subresource,
  now: owner.time,
  schema,
  resetFields: owner.resetFields,
  ownedFields: owner.ownedFields,
  untimed: owner.subresource === "scale",
});

/** Server-side apply of a body onto the live object, which is not changed. */
export function applied(
  resource: ServedResource,
  schema: SchemaNode,
  live: KubeObject | undefined,
  body: Buffer,
  owner: FieldOwner,
  force: boolean,
  validation: FieldValidation,
): Decoded {
  const parsed = parsePatch(body, "apply");
  if (parsed.type === "json") throw new Error("an apply patch is an object");
  const context = { ...writeContext(resource, schema, owner), kind: resource.kind, force };
  const { object } = applyConfiguration(live, parsed.patch, context);
  const errors = validation === "Ignore" ? [] : strictErrors([], parsed.duplicates);
  if (validation === "Strict" && errors.length > 0) throw strictPatchError(parsed, parsed.patch, errors);
  return { object, warnings: errors };
}

export function patched(
  type: PatchType,
  current: KubeObject,
  bytes: Buffer,
  validation: FieldValidation,
  schema: SchemaNode,
): Decoded {
  const parsed = parsePatch(bytes, type);
  const object = patchObject(structuredClone(current), parsed, schema) as KubeObject;
  const { typeError, unknown } = checkObject(object as unknown as Record<string, unknown>, schema);
  if (typeError !== undefined) throw cannotBeRead(parsed, object, typeError);
  const errors = validation === "Ignore" ? [] : strictErrors(unknown, parsed.duplicates);
  if (validation === "Strict" && errors.length > 0) throw strictPatchError(parsed, object, errors);
  object.metadata ??= {};
  return { object, warnings: errors };
}
