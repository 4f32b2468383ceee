/**
 * @bulkhead/policy: the deciders. Each rule of the product is a pair of pure functions, `normalise(objects) → RuleSet`
 * and `evaluate(RuleSet, question) → Verdict`; whatever enforces a rule also explains it. No I/O, no clock, no randomness.
 */
export { AllowError, type AllowErrorCode } from "./allow/allow-error.ts";
export * from "./allow/command.ts";
export * from "./allow/parse.ts";
export { liftableRules } from "./allow/rules.ts";
export { shellWord } from "./allow/shell.ts";
export * from "./exception/exceptions.ts";
export * from "./exception/subject.ts";
export * from "./image/evaluate.ts";
export * from "./image/reference.ts";
export * from "./image/trust.ts";
export * from "./network/evaluate.ts";
export type * from "./network/input.ts";
export * from "./network/normalise.ts";
export type * from "./network/question.ts";
export * from "./network/rule-set.ts";
export * from "./node/node-authorizer.ts";
export { NodeGraph } from "./node/node-graph.ts";
export { podReferences } from "./node/pod-references.ts";
export * from "./node-policy/allowance.ts";
export * from "./node-policy/evaluate.ts";
export * from "./node-policy/node-policy.ts";
export * from "./node-policy/parse.ts";
export * from "./pod-security/evaluate.ts";
export type { JudgedPod } from "./pod-security/finding.ts";
export * from "./pod-security/level.ts";
export { aggregatedRules } from "./rbac/aggregation.ts";
export * from "./rbac/covers.ts";
export { cannotSay, evaluateRbac, isServiceAccountBound, rulesFor } from "./rbac/evaluate.ts";
export { explainRbac } from "./rbac/explain.ts";
export { normaliseRbac, type RbacObjects, type RbacRuleSet } from "./rbac/normalise.ts";
export type { AccessQuestion, AccessVerdict } from "./rbac/question.ts";
export { ruleAllows } from "./rbac/rule-match.ts";
export * from "./rbac/service-account.ts";
export type * from "./verdict.ts";
export { whyAccess } from "./why/access.ts";
export { type Checked, check, whyPod } from "./why/check.ts";
export type { Snapshot, SnapshotFacts } from "./why/snapshot.ts";
export * from "./why/traffic.ts";
export * from "./workload/judge.ts";
export * from "./workload/message.ts";
export type { ReferenceLookup } from "./workload/references.ts";
export { type Template, templateOf } from "./workload/template.ts";
export { asAdmitted, needsHostUsers } from "./workload/user-namespace.ts";
