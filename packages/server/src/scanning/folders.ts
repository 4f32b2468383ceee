import { chmod, chown, mkdir, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { ReportState } from "./plan.ts";
import type { ReportStore } from "./report-store.ts";
import type { RunningImage } from "./running-images.ts";

/** What no pod runs any more is kept so long. */
const keepFor = 7 * 24 * 3_600_000;
/** Bytes of layers' records. */
const cacheLimit = 512 << 20;

/** What the worker may write: a folder that no one but it and root can enter. */
export async function workersFolders(scratch: string, layers: string, user: number): Promise<void> {
  await mkdir(scratch, { recursive: true, mode: 0o711 });
  await chmod(scratch, 0o711);
  await mkdir(layers, { recursive: true, mode: 0o700 });
  await chown(layers, user, user);
}

/** Takes away what nobody runs any more, and of the layers' records the oldest beyond a bound. */
export async function sweep(
  store: ReportStore,
  layers: string,
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
  const records = await Promise.all(
    (await readdir(layers, { withFileTypes: true }))
      .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
      .map(async ({ name }) => {
        const path = join(layers, name);
        const { size, mtimeMs } = await stat(path);
        return { path, size, mtimeMs };
      }),
  );
  let total = records.reduce((sum, record) => sum + record.size, 0);
  for (const { path, size } of records.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= cacheLimit) return;
    await unlink(path);
    total -= size;
  }
}
