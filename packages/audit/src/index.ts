/**
 * @bulkhead/audit: what is recorded of a request (`auditRecord`, `auditDecision`, `redactBody`), how records are chained
 * and signed, and how a chain is verified (`verifyAudit`), searched and followed. Pure but for `openAuditFile`.
 */
export * from "./audit-event.ts";
export * from "./audit-file.ts";
export * from "./audit-policy.ts";
export * from "./chain.ts";
export * from "./checkpoint.ts";
export * from "./redaction.ts";
export * from "./search.ts";
export * from "./signing-key.ts";
export * from "./sqlite-reader.ts";
export * from "./verification.ts";
