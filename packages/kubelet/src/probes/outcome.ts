import type { Probe } from "@bulkhead/api";

export type ProbeKind = "startup" | "liveness" | "readiness";

/** What one try found. `unknown` changes nothing. */
export type ProbeResult = "success" | "failure" | "unknown";

/** A probe's memory: what it says now, and how often in a row the last result came. */
export interface ProbeState {
  /** undefined: not decided yet. */
  readonly healthy: boolean | undefined;
  readonly last: ProbeResult | undefined;
  readonly inARow: number;
}

export const freshProbe: ProbeState = { healthy: undefined, last: undefined, inARow: 0 };

export const probeDefaults = { initialDelaySeconds: 0, periodSeconds: 10, timeoutSeconds: 1 } as const;

/** Counts a result; the verdict turns when its threshold is reached. Pure. */
export function countResult(state: ProbeState, result: ProbeResult, probe: Probe): ProbeState {
  if (result === "unknown") return state;
  const inARow = state.last === result ? state.inARow + 1 : 1;
  const needed = result === "success" ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  const reached = inARow >= needed;
  return { healthy: reached ? result === "success" : state.healthy, last: result, inARow };
}
