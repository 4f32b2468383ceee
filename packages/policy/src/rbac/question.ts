import type { FieldRequirement } from "@bulkhead/api";
import type { Verdict } from "../verdict.ts";

/** Who asks, as authenticated. */
export interface Subject {
  readonly name: string;
  readonly groups: readonly string[];
}

/** May this user do that? A request names a resource, or else a path. */
export interface AccessQuestion {
  readonly user: Subject;
  readonly verb: string;
  readonly isResource: boolean;
  /** "" for the core group. */
  readonly group: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly subresource: string;
  /** "" for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  /** "" where none is named (list, create); list and watch may get it from `metadata.name=`. */
  readonly name: string;
  /** For requests that name no resource. */
  readonly path: string;
  /** The request's field selector; the node decider asks for it. */
  readonly fields?: readonly FieldRequirement[];
}

/** Allowed, or not allowed by anything: RBAC never forbids. */
export interface AccessVerdict extends Verdict {
  /** Upstream's words for it (`RBAC: allowed by …`), "" when there are none. */
  readonly reason: string;
}
