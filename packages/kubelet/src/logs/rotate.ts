import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Log } from "@bulkhead/api";
import type { CriClient } from "../cri/client.ts";

export interface LogLimits {
  /** Bytes after which a file is put aside; default 10 MiB. */
  readonly maxSize: number;
  /** Files a container may have, the one written to among them; default 5, at least 2. */
  readonly maxFiles: number;
}

export const defaultLogLimits: LogLimits = { maxSize: 10 * 1024 * 1024, maxFiles: 5 };

/** Which rotated files go so that one more has room. Names sort by age. Pure. */
export function surplus(rotated: readonly string[], maxFiles: number): readonly string[] {
  const keep = Math.max(maxFiles - 2, 0);
  return rotated.toSorted().slice(0, Math.max(0, rotated.length - keep));
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/** Puts a running container's log aside when it is too large. Answers whether it did. */
export async function rotateLog(
  cri: CriClient,
  container: { readonly id: string; readonly logPath: string },
  limits: LogLimits,
  now: Date,
  log: Log,
): Promise<boolean> {
  const { logPath } = container;
  try {
    if ((await stat(logPath)).size < limits.maxSize) return false;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  const folder = dirname(logPath);
  const name = basename(logPath);
  const rotated = (await readdir(folder)).filter((each) => each.startsWith(`${name}.`));
  for (const old of surplus(rotated, limits.maxFiles)) await rm(join(folder, old), { force: true });
  const aside = `${logPath}.${now.toISOString().replaceAll(/[-:.TZ]/g, "")}`;
  await rename(logPath, aside);
  try {
    await cri.call("ReopenContainerLog", { containerId: container.id });
  } catch (error) {
    // The runtime still writes to the renamed file: give it its name back and try again later.
    await rename(aside, logPath);
    throw error;
  }
  log.debug({ logPath }, "container log rotated");
  return true;
}
