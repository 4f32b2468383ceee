import type { KubeObject } from "../object.ts";

/** What somebody did to one kind of object in a day: by name and number, never what was written. */
export interface DigestedChange {
  readonly who: string;
  readonly verb: string;
  /** `deployments`, `pods/exec`. */
  readonly resource: string;
  /** `shop/web`; at most 4. */
  readonly names: readonly string[];
  /** There were others besides `names`. */
  readonly more?: true;
  readonly times: number;
}

export interface DigestedDay {
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  /** Requests that were refused. */
  readonly refused: number;
  /** At most 64. */
  readonly changes: readonly DigestedChange[];
  /** Changes that did not fit. */
  readonly left: number;
}

/** Who changed what, day by day, from the audit log; written by the machine's root's own process. Named as the node. */
export interface ChangeDigest extends KubeObject {
  digest: {
    /** RFC 3339: what came before was not looked at. */
    readonly from: string;
    /** RFC 3339: up to where it goes. */
    readonly to: string;
    /** The audit log's chain, and its last record that was taken in. */
    readonly chain: string;
    readonly last: number;
    /** In order; at most 32. */
    readonly days: readonly DigestedDay[];
  };
}
