/**
 * @bulkhead/policy: the deciders. Each rule of the product is a pair of pure functions, `normalise(objects) → RuleSet`
 * and `evaluate(RuleSet, question) → Verdict`; whatever enforces a rule also explains it. No I/O, no clock, no randomness.
 */
export * from "./network/evaluate.ts";
export type * from "./network/input.ts";
export * from "./network/normalise.ts";
export type * from "./network/question.ts";
export * from "./network/rule-set.ts";
export type * from "./verdict.ts";
