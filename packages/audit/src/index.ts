/**
 * @bulkhead/audit: what is recorded of a request, how records are chained and signed, and how a chain is verified and
 * searched. The core is pure; readers of files and databases stand beside it.
 */
export * from "./chain.ts";
export * from "./checkpoint.ts";
export * from "./sqlite-reader.ts";
