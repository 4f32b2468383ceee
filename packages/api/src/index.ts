/**
 * @bulkhead/api: what a Kubernetes object is, and everything about one that needs no server: types, schema facts,
 * rows of kinds, defaults, validation, patches, managed fields, selectors, quantities, StatusError.
 * Imports nothing of ours and does no I/O.
 */
export * from "./custom-resource/index.ts";
export * from "./decode.ts";
export { yamlLines } from "./encode-yaml.ts";
export * as field from "./field.ts";
export * from "./field-error.ts";
export * from "./field-selector.ts";
export type * from "./generated/types.ts";
export * from "./go-format.ts";
export * from "./int-or-string.ts";
export { type JsonScan, maxBodyBytes, maxDepth, maxYamlBytes, scanJson } from "./json-scan.ts";
export * from "./kind-row.ts";
export * from "./kinds/index.ts";
export * from "./label-selector.ts";
export * from "./label-selector-parser.ts";
export * from "./log.ts";
export * from "./managed-fields/index.ts";
export * from "./metrics.ts";
export * from "./name-validation.ts";
export * from "./names.ts";
export * from "./object.ts";
export * from "./object-check.ts";
export * from "./object-meta.ts";
export * from "./openapi/openapi.ts";
export * from "./patch/json-equal.ts";
export { applyJsonPatch, maxJsonPatchOperations } from "./patch/json-patch.ts";
export { applyMergePatch } from "./patch/merge-patch.ts";
export * from "./patch/patch.ts";
export { applyStrategicMergePatch } from "./patch/strategic-merge-patch.ts";
export * from "./quantity.ts";
export { LinearRegex } from "./regex/linear-regex.ts";
export { RegexError } from "./regex/syntax.ts";
export { schemaById, schemaIdOfKind, schemaIds, schemaOf } from "./schema-facts.ts";
export * from "./schema-node.ts";
export * from "./security/index.ts";
export * from "./status.ts";
export * from "./table.ts";
export * from "./table-rows.ts";
export * from "./time-format.ts";
