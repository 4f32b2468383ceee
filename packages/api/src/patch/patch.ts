/** A PATCH request's body: which of the four kinds it is, how it is read, and what it makes of an object. */
import { BodySyntaxError, parseBody } from "../decode.ts";
import * as field from "../field.ts";
import { type FieldError, invalid } from "../field-error.ts";
import { goJson, goQuote, goValue } from "../go-format.ts";
import type { SchemaNode } from "../schema-node.ts";
import { badRequest, type StatusError } from "../status.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

export type PatchType = "json" | "merge" | "strategic" | "apply";

/** The media type of each. Server-side apply takes YAML, of which JSON is a part. */
export const patchMediaTypes: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** The patch type of a media type, undefined for any other. */
export const patchTypeOf = (mediaType: string): PatchType | undefined =>
  (Object.keys(patchMediaTypes) as PatchType[]).find((type) => patchMediaTypes[type] === mediaType);

/** What a patch's bytes hold. Duplicate keys are the caller's to report. */
export type ParsedPatch =
  | { readonly type: "json"; readonly operations: readonly unknown[]; readonly duplicates: readonly string[] }
  | {
      readonly type: "merge" | "strategic" | "apply";
      readonly patch: Record<string, unknown>;
      readonly duplicates: readonly string[];
    };

const jsonName = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
};

/** Reads a patch. Throws StatusError 400 (`error decoding patch: …`, `error decoding YAML: …`) or 413. */
export function parsePatch(bytes: Uint8Array, type: PatchType): ParsedPatch {
  const parsed = read(bytes, type);
  const { value, duplicates } = parsed;
  if (type === "json") {
    if (Array.isArray(value)) return { type, operations: value, duplicates };
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonName(value)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { type, patch: value as Record<string, unknown>, duplicates };
  }
  const into = "Go value of type map[string]interface {}";
  const why = `json: cannot unmarshal ${jsonName(value)} into ${into}`;
  throw badRequest(type === "apply" ? `error decoding YAML: ${why}` : `error decoding patch: ${why}`);
}

function read(bytes: Uint8Array, type: PatchType): { value: unknown; duplicates: readonly string[] } {
  try {
    return parseBody(bytes, type === "apply" ? "yaml" : "json");
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    throw type === "apply"
      ? badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`)
      : badRequest(`error decoding patch: ${error.message}`);
  }
}

/**
 * The object that a JSON, merge or strategic merge patch makes of another. The object handed in is changed and is worth
 * nothing afterwards; the result still has to be checked against its schema. The patch itself is left as it is, so that
 * it may be applied again to a newer object after a conflict. Throws StatusError.
 */
export function patchObject(object: object, parsed: ParsedPatch, schema: SchemaNode): unknown {
  switch (parsed.type) {
    case "json":
      return applyJsonPatch(object, parsed.operations);
    case "merge":
      return applyMergePatch(object, parsed.patch);
    case "strategic":
      return applyStrategicMergePatch(object, parsed.patch, schema);
    case "apply":
      throw new Error("an apply patch is merged by ManagedFields, not by patchObject");
  }
}

/**
 * 422 for unknown or duplicate fields in a patched object under `fieldValidation=Strict`, as upstream words it: a
 * strategic merge patch shows itself, the others the patched object.
 */
export function strictPatchError(parsed: ParsedPatch, patched: unknown, errors: readonly string[]): StatusError {
  const shown = goQuote(parsed.type === "strategic" ? goValue(parsed.patch) : goJson(patched));
  const error: FieldError = {
    ...field.invalid("patch", "", ""),
    message: `Invalid value: ${shown}: strict decoding error: ${errors.join(", ")}`,
  };
  return invalid("", "", "", [error]);
}
