/**
 * @bulkhead/api: what a Kubernetes object is, and everything about one that needs no server: types, schema facts,
 * rows of kinds, defaults, validation, patches, managed fields, selectors, quantities, StatusError.
 * Imports nothing of ours and does no I/O.
 */
export * from "./field-error.ts";
export type * from "./generated/types.ts";
export * from "./kind-row.ts";
export * from "./log.ts";
export * from "./object.ts";
export * from "./security/index.ts";
export * from "./status.ts";
export * from "./table.ts";
