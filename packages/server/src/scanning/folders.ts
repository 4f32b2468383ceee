import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ReportState } from "./plan.ts";
import type { ReportStore } from "./report-store.ts";
import type { RunningImage } from "./running-images.ts";

/** What no pod runs any more is kept so long. */
const keepFor = 7 * 24 * 3_600_000;

/** A folder that root alone can enter. Earlier versions had one in it that the worker could write: nothing is taken from there. */
export async function scansFolder(scratch: string): Promise<void> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await chmod(scratch, 0o700);
  await rm(join(scratch, "layers"), { recursive: true, force: true });
}

/** Takes away what nobody runs any more. */
export async function sweep(
  store: ReportStore,
  running: ReadonlyMap<string, RunningImage>,
  states: Map<string, ReportState>,
  now: number,
  unpublish: (digest: string) => Promise<void>,
): Promise<void> {
  for (const [digest, written] of await store.list()) {
    if (running.has(digest) || now - written < keepFor) continue;
    await unpublish(digest);
    await store.remove(digest);
    states.delete(digest);
  }
}
