/** @bulkhead/store: the revisioned object log on SQLite. */
export * from "./store-error.ts";
export type * from "./types.ts";
