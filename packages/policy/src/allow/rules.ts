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
};
