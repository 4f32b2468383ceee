/** @bulkhead/store: the revisioned object log on SQLite. */
export type * from "./types.ts";
