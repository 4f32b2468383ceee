/**
 * @bulkhead/store: the revisioned object log on SQLite. `openStore` gives a Store: commits are durable when they
 * settle, reads and watches come from memory, sealed resources stay sealed until `open`, audit records are chained in
 * the same transactions.
 */
export { backupDatabase, continueBeyond } from "./backup.ts";
export { type DatabaseInspection, inspectDatabase } from "./inspect.ts";
export * from "./open-store.ts";
export * from "./store-error.ts";
export { type StoreFormat, storeFormat } from "./store-format.ts";
export { keyOfPath, storagePath } from "./store-key.ts";
export type * from "./store-options.ts";
export type * from "./types.ts";
