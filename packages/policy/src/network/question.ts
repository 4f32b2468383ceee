import type { Verdict } from "../verdict.ts";
import type { PodKey, Protocol } from "./rule-set.ts";

/** One end of a connection: a pod, or an address (which may be a pod's). */
export type TrafficEnd = { readonly pod: PodKey } | { readonly ip: string };

/** May `from` open a connection to `port` of `to`? The destination is the one after Service translation. */
export interface TrafficQuestion {
  readonly from: TrafficEnd;
  readonly to: TrafficEnd;
  readonly protocol: Protocol;
  /** 1 to 65535. */
  readonly port: number;
}

/** Allowed only when every step is; `because` holds the deciding ones first. */
export interface TrafficVerdict extends Verdict {
  /** What each end says for itself; undefined where nothing was asked of it. */
  readonly egress: Verdict | undefined;
  readonly ingress: Verdict | undefined;
}
