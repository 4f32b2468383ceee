import { readFileSync } from "node:fs";
import type { ComparableEvent } from "./comparable.ts";

/** A request and what upstream's controllers had made of it once all was still. */
export interface ScenarioStep {
  readonly method: string;
  /** `{ns}` is the scenario's namespace; `pod!` the first pod there. */
  readonly path: string;
  readonly body: unknown;
  readonly type: string;
  readonly code: number;
  readonly after?: { readonly objects: readonly unknown[]; readonly events: readonly ComparableEvent[] } | null;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly ScenarioStep[];
}

/** Recorded from kube-apiserver 1.36 with its controller manager and scheduler. */
export const scenarios: readonly Scenario[] = readFileSync(
  new URL("./fixtures/lifecycles.jsonl", import.meta.url),
  "utf8",
)
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Scenario);
