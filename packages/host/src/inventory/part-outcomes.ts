import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ActedOnPart, FailedPart } from "@bulkhead/api";
import { type InstancePaths, writeDurably } from "../instance.ts";
import { readIfThere } from "../read-if-there.ts";
import { currencyFolder } from "./part-offers.ts";
import type { PartChange } from "./part-staging.ts";

/** What became of updates of the parts. */
export interface PartOutcomes {
  /** Revisions that failed here, or that a person took back: nothing puts them in by itself again. */
  readonly failed: readonly FailedPart[];
  /** The newest first. */
  readonly acted: readonly ActedOnPart[];
}

const most = { failed: 64, acted: 32, says: 1000 };

const outcomesFile = (paths: InstancePaths): string => join(currencyFolder(paths), "outcomes.json");

/** Throws SyntaxError on a damaged file. */
export async function readOutcomes(paths: InstancePaths): Promise<PartOutcomes> {
  const text = await readIfThere(outcomesFile(paths));
  return text === undefined ? { failed: [], acted: [] } : (JSON.parse(text) as PartOutcomes);
}

/** What came of changes that were tried together: of each, by itself nothing can be said. */
export interface PartOutcome extends Pick<ActedOnPart, "outcome" | "says" | "by" | "policies" | "approvedBy"> {
  readonly changes: readonly PartChange[];
  /** In milliseconds. */
  readonly at: number;
}

/** Pure: what is remembered after one more outcome. What went well is forgotten as failed. */
export function withOutcome(before: PartOutcomes, { changes, outcome, says, at, ...word }: PartOutcome): PartOutcomes {
  const when = new Date(at).toISOString();
  const short = says.slice(0, most.says);
  const others = before.failed.filter(
    ({ part, version }) => !changes.some((change) => change.part === part && change.to === version),
  );
  const failed =
    outcome === "Applied"
      ? others
      : [...changes.map(({ part, to }) => ({ part, version: to, at: when, says: short })), ...others];
  const acted = changes.map(({ part, from, to }) => ({ at: when, part, from, to, outcome, ...word, says: short }));
  return { failed: failed.slice(0, most.failed), acted: [...acted, ...before.acted].slice(0, most.acted) };
}

/** Writes an outcome down, for all to read. */
export async function rememberOutcome(paths: InstancePaths, outcome: PartOutcome): Promise<void> {
  const outcomes = withOutcome(await readOutcomes(paths), outcome);
  await mkdir(currencyFolder(paths), { recursive: true, mode: 0o755 });
  await writeDurably(outcomesFile(paths), `${JSON.stringify({ format: 1, ...outcomes }, undefined, 2)}\n`, 0o644);
}
