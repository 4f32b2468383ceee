import type { SelfTestStep, Switched } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";

/** What putting parts in did. */
export interface PutIn {
  readonly selfTest: readonly SelfTestStep[];
  readonly switched: Switched;
}

/** Parts that failed together, or one alone, and why. */
export interface FailedTrial {
  readonly parts: readonly string[];
  readonly why: string;
}

export interface Trials {
  readonly selfTest: readonly SelfTestStep[];
  /** Absent: nothing was put in. */
  readonly switched?: Switched;
  readonly failed: readonly FailedTrial[];
}

/** Parts that were tried and are not well; what ran before runs. Whatever else is thrown says nothing about them. */
export class TrialFailure extends CommandFailure {}

/**
 * Puts parts in: all at once; where that fails, group by group, so that one bad part does not keep the repair of another
 * out. `putIn` throws TrialFailure; `more` says that something went in before. A group that fails leaves the rest alone.
 */
export async function tryParts(
  groups: readonly (readonly string[])[],
  putIn: (parts: readonly string[], more: boolean) => Promise<PutIn>,
): Promise<Trials> {
  const whole = groups.flat();
  let why: string;
  try {
    return { ...(await putIn(whole, false)), failed: [] };
  } catch (error) {
    if (!(error instanceof TrialFailure)) throw error;
    why = error.message;
  }
  if (groups.length < 2) return { selfTest: [], failed: [{ parts: whole, why }] };
  const done: PutIn[] = [];
  const failed: FailedTrial[] = [];
  for (const parts of groups)
    try {
      done.push(await putIn(parts, done.length > 0));
    } catch (error) {
      if (!(error instanceof TrialFailure)) throw error;
      failed.push({ parts, why: error.message });
    }
  const [last] = done.toReversed();
  return {
    selfTest: done.flatMap(({ selfTest }) => selfTest),
    ...(last === undefined
      ? {}
      : { switched: { ...last.switched, changes: done.flatMap(({ switched }) => switched.changes) } }),
    failed,
  };
}
