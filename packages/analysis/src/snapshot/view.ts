import type { KubeObject } from "@bulkhead/api";
import type { NetworkFacts, NodePolicy, PodSecurityLevel } from "@bulkhead/policy";
import type { Kind } from "./kinds.ts";
import type { UnreadKind } from "./object-set.ts";

/** What deciders want to know beside objects, as it is in one cluster. */
export interface Settings {
  readonly defaults: "bulkhead" | "kubernetes";
  /** The level of a namespace without labels. */
  readonly podSecurityDefault: PodSecurityLevel;
  /** Addresses closed to pods, the nodes' own and what they serve: as `bulkhead why` takes them. */
  readonly network: Omit<NetworkFacts, "now" | "addresses">;
  /** The node's policy file, where it can be read. */
  readonly node?: NodePolicy;
}

/** Something worked out of a snapshot and shared by many checks; worked out again only when what it read changed. */
export interface Derivation<T> {
  /** Unique; names it in errors. */
  readonly name: string;
  compute(view: View, key: string): T;
  /** Whether a new value means the same as the old one, so that nothing that read it needs to be asked again. */
  same?(a: T, b: T): boolean;
}

/**
 * What a check may read. Every read is remembered, and a change asks again only those checks that read what changed.
 * Reading what could not be read throws `Unread`: do not catch it, the check's answer is `unknown` then.
 */
export interface View {
  readonly settings: Settings;
  /** Milliseconds since the epoch; a check that reads it is asked again as time goes on. */
  now(): number;
  /** One object; undefined where it is known not to be. `namespace` is "" for cluster-scoped kinds. */
  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined;
  /** All of a kind, in a namespace or anywhere, by namespace and name. */
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[];
  /** The namespaces that hold objects of a kind, in order. */
  namespaces(kind: Kind): readonly string[];
  derive<T>(derivation: Derivation<T>, key?: string): T;
  /** Whether all of a kind is known, for a check that has something to say either way. */
  knows(kind: Kind, namespace?: string): boolean;
}

/** Something that a check needs could not be read; its answer is `unknown`, with this reason. */
export class Unread extends Error {
  readonly gap: UnreadKind;
  constructor(gap: UnreadKind) {
    // An answer and no defect, given by the thousand: where it was thrown is of interest to nobody.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${gap.kind}${gap.namespace === undefined ? "" : ` of ${gap.namespace}`} could not be read: ${gap.why}`);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = "Unread";
    this.gap = gap;
  }
}

/** A fact that a check cannot do without. Throws `Unread` where nobody could look. */
export function needed<T>(fact: T | undefined, of: KubeObject, what: string): T {
  if (fact !== undefined) return fact;
  throw new Unread({ kind: what, why: `${of.kind} ${of.metadata.name ?? ""} does not say` });
}
