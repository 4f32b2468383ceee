import type { IdentitySignal } from "@bulkhead/api";

/** The pod that a token is bound to, as its claims name it. */
export interface BoundPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The ServiceAccount whose token it is. */
  readonly account: string;
  /** Absent: the token names none. */
  readonly node?: string;
}

/** Something that was asked with the token of a pod. */
export interface Asked {
  /** `list secrets`, `patch deployments.apps/scale`; undefined: nothing but a path. */
  readonly use: string | undefined;
  /** Of the client. */
  readonly address: string;
  /** The id of the request's audit record. */
  readonly auditID: string;
}

/** What is told of an identity, to the node of its pod: there it is dealt with as every other signal. */
export interface IdentityReport {
  readonly signal: IdentitySignal;
  readonly pod: BoundPod;
  /** What ResponsePolicies name: an address, `list secrets`. */
  readonly value: string;
  /** One sentence for a person. */
  readonly says: string;
}
