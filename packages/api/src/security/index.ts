/** Our own kinds, group security.bulkhead.dev: their types and their definitions as data. */
export * from "./brief-schedule.ts";
export * from "./currency-policy.ts";
export * from "./currency-summary.ts";
export * from "./definitions.ts";
export * from "./exception.ts";
export * from "./image-report.ts";
export * from "./image-trust-policy.ts";
export * from "./machine-inventory.ts";
export * from "./open-report.ts";
export { reportDefinitions } from "./open-report-definitions.ts";
export * from "./pod-conditions.ts";
export * from "./posture-control.ts";
export * from "./posture-summary.ts";
export * from "./response-policy.ts";
export type * from "./scan-facts.ts";
export * from "./signature-facts.ts";
export * from "./signing-ids.ts";
export * from "./update-policy.ts";
