import type { ObjectRef } from "@bulkhead/api";

/** One step of the way to a decision: which object and field said what, and what would turn it. */
export interface Because {
  /** The object that carries the rule, where the rule is an object's (a RoleBinding, a NetworkPolicy, a label). */
  readonly object?: ObjectRef;
  /** `spec.ingress[0].from[1]`, or the field of the judged object that broke the rule. */
  readonly field?: string;
  /** A stable identifier of the rule within its decider: `privileged`, `runAsNonRoot`, `registry`, `no-egress-rule`. */
  readonly rule?: string;
  /** One sentence for a person. Never a secret value. */
  readonly says: string;
  /** The value of `field` that would pass, as YAML on one line. */
  readonly passing?: string;
  /** The one command that would let it pass, filled in. */
  readonly command?: string;
}

/** What a decider answers. The first reason is the deciding one. */
export interface Verdict<Decision extends string = "allow" | "deny"> {
  readonly decision: Decision;
  readonly because: readonly Because[];
}
