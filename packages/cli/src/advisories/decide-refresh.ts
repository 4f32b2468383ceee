import { setTimeout as sleep } from "node:timers/promises";
import { writeDurably } from "@bulkhead/host";
import {
  AdvisoryError,
  type HeldRefresh,
  type RefreshDecision,
  readRefreshDecision,
  readRefreshState,
  refreshFiles,
} from "@bulkhead/images";
import { CommandFailure } from "../exit-codes.ts";
import { advisoriesFile, type DatabaseOptions } from "./database-file.ts";

export interface DecideOptions extends DatabaseOptions {
  readonly reason?: string;
}

export interface RefreshDecided {
  readonly decision: "accept" | "reject";
  readonly held: HeldRefresh;
  /** Absent: the node's agent has not carried it out yet. */
  readonly done?: true;
}

export interface Decider {
  /** The account behind `sudo`, or root. */
  readonly user: string;
  readonly now: () => number;
  /** Milliseconds to wait for the agent; it looks every ten seconds. */
  readonly patience: number;
}

const every = 250;

/** Settles a refresh that is held: written down for the node's agent, which carries it out and tells of it. */
export async function decideRefresh(
  decision: "accept" | "reject",
  options: DecideOptions,
  decider: Decider,
): Promise<RefreshDecided> {
  const file = advisoriesFile(options);
  const reason = options.reason?.trim() ?? "";
  if (!/\p{L}/u.test(reason)) throw new CommandFailure('say why: --reason "the vendor confirmed it"');
  let held: HeldRefresh | undefined;
  try {
    held = (await readRefreshState(file))?.held;
    if (held === undefined)
      throw new CommandFailure("no refresh of the advisories is held: see bulkhead advisories status", 1);
    const written: RefreshDecision = {
      format: 1,
      decision,
      generation: held.generation,
      by: decider.user,
      at: decider.now(),
      reason,
    };
    await writeDurably(refreshFiles(file).decision, JSON.stringify(written), 0o600);
  } catch (error) {
    if (isRefused(error)) throw new CommandFailure("only root decides about this machine's advisories", 1, error);
    throw error instanceof AdvisoryError ? new CommandFailure(error.message, 1, error) : error;
  }
  for (const end = decider.now() + decider.patience; decider.now() < end; ) {
    if ((await readRefreshDecision(file)) === undefined) return { decision, held, done: true };
    await sleep(every);
  }
  return { decision, held };
}

const isRefused = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
