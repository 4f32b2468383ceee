import { type ProcessSpec, type ProcessState, specDigest } from "@bulkhead/host";

/** What to do about one process now. */
export type ProcessStep =
  | { readonly step: "start"; readonly spec: ProcessSpec }
  | { readonly step: "replace"; readonly spec: ProcessSpec; readonly state: ProcessState }
  | { readonly step: "stop"; readonly state: ProcessState }
  | { readonly step: "wait"; readonly name: string; readonly milliseconds: number };

/** Back-off before the n-th restart: half a second, doubling, at most thirty; a process that lived ten minutes starts anew. */
export function backOff(restarts: number): number {
  return restarts === 0 ? 0 : Math.min(30_000, 500 * 2 ** Math.min(restarts - 1, 10));
}

/** From what is wanted and what is, the steps between. A pinned process is adopted even when its spec changed. */
export function planProcesses(
  wanted: readonly ProcessSpec[],
  actual: ReadonlyMap<string, ProcessState>,
  alive: (state: ProcessState) => boolean,
  now: number,
): ProcessStep[] {
  const steps: ProcessStep[] = [];
  for (const spec of wanted) {
    const state = actual.get(spec.name);
    if (state === undefined) steps.push({ step: "start", spec });
    else if (!alive(state)) {
      const due = state.since + backOff(state.restarts) - now;
      steps.push(due > 0 ? { step: "wait", name: spec.name, milliseconds: due } : { step: "start", spec });
    } else if (spec.pinned !== true && state.spec !== specDigest(spec)) steps.push({ step: "replace", spec, state });
  }
  const names = new Set(wanted.map((s) => s.name));
  for (const state of actual.values()) if (!names.has(state.name) && alive(state)) steps.push({ step: "stop", state });
  return steps;
}
