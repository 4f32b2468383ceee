import { existsSync } from "node:fs";
import type { InstancePaths, Progress } from "@bulkhead/host";
import { aloneWithBackups } from "./backup-record.ts";
import { journalFile, takeBackInterrupted } from "./place-instance.ts";

export { tellUntold } from "./tell-step.ts";

/** Before an instance is started: a restoration that was ended in the middle is taken back, so that nothing half done runs. */
export async function takeBackUnfinished(paths: InstancePaths, progress: Progress): Promise<void> {
  if (!existsSync(journalFile(paths))) return;
  // One that goes on is waited for.
  const taken = await aloneWithBackups(paths, () => takeBackInterrupted(paths));
  if (taken) progress.note("a restoration that was not done is taken back: what was there before is there again");
}
