import {
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
  schemaOf,
  strictErrors,
  strictPatchError,
} from "@bulkhead/api";
import type { Decoded, ObjectSchema, PatchType } from "./object-schema.ts";
import type { ServedResource } from "./served-resource.ts";
import type { FieldValidation } from "./write-options.ts";

const cannotBeRead = (parsed: ParsedPatch, patched: unknown, why: string) => {
  const shown = parsed.type === "strategic" ? goQuote(goValue(parsed.patch)) : JSON.stringify(patched);
  const error: FieldError = { reason: "FieldValueInvalid", field: "patch", message: `Invalid value: ${shown}: ${why}` };
  return invalid("", "", "", [error]);
};

/** What Kubernetes' own schema facts do to the bodies of a built-in kind. */
export function builtInSchema(resource: ServedResource): ObjectSchema {
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  const schema = schemaOf(resource.row.schema);
  return {
    strategic: true,
    decode: (body, format, fieldValidation) => {
      const decoded = decodeObject(body, { format, kind, schema, fieldValidation });
      decoded.object.metadata ??= {};
      return decoded;
    },
    patch: (type, current, bytes, validation) => patched(type, current, bytes, validation, schema),
    update: () => {},
    apply: () => {
      throw new Error("not yet");
    },
    defaults: () => {},
  };
}

function patched(
  type: PatchType,
  current: KubeObject,
  bytes: Buffer,
  validation: FieldValidation,
  schema: ReturnType<typeof schemaOf>,
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
