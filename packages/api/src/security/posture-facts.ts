import type { KubeObject } from "../object.ts";

/** One of the `facts.bulkhead.dev` objects that a machine makes of itself: its kind, its name, and what it says. */
export interface PublishedFacts {
  readonly kind: string;
  readonly name: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What only a machine itself can say for its posture; written by its root's own process. Named as the node. */
export interface PostureFacts extends KubeObject {
  told: {
    /** RFC 3339. */
    readonly lookedAt: string;
    /** At most 32. */
    readonly objects: readonly PublishedFacts[];
    /** Kinds of which the machine could say nothing, and why; at most 32. */
    readonly unread: readonly { readonly kind: string; readonly why: string }[];
  };
}
