/** Our own kinds, group security.bulkhead.dev: their types and their definitions as data. */
export * from "./definitions.ts";
export * from "./exception.ts";
export type * from "./image-trust-policy.ts";
export type * from "./signature-facts.ts";
