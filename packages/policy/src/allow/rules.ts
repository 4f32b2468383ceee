import type { ExceptionDecider } from "@bulkhead/api";
import { imageRules } from "../image/breach.ts";
import { isolatedRule } from "../network/isolation.ts";
import { baselineChecks } from "../pod-security/baseline.ts";
import { restrictedChecks } from "../pod-security/restricted.ts";

/** The rules that an Exception can lift, by decider. */
export const liftableRules: Readonly<Record<ExceptionDecider, readonly string[]>> = {
  "pod-security": [...baselineChecks, ...restrictedChecks].map((check) => check.id),
  image: imageRules,
  network: ["egress", "ingress", isolatedRule],
  // Any control of `bulkhead posture`: whoever writes the Exception looks its name up (analysis knows them, we do not).
  posture: [],
};

/** Whether an Exception of a decider may name a rule. A control is told by its form here. */
export const isLiftable = (decider: ExceptionDecider, rule: string): boolean =>
  decider === "posture" ? /^[a-z0-9]+(-[a-z0-9]+)*$/.test(rule) : liftableRules[decider].includes(rule);
