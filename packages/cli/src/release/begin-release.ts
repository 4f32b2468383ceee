import { spawn } from "node:child_process";
import { mkdir, open, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { PartStep } from "@bulkhead/analysis";
import type { InstancePaths } from "@bulkhead/host";
import { releaseEnvironment } from "./trial.ts";

/** A release that is being put in by a process of its own. */
export interface BegunRelease {
  readonly from: string;
  readonly to: string;
  /** What that process says. */
  readonly log: string;
}

/**
 * Has the programs that run here put a release in, by the command that a person would give: a process of its own, since the
 * supervisor and whoever it started make way for the release.
 */
export async function beginRelease(
  { root, programs, logs }: InstancePaths,
  { from, to }: Pick<PartStep, "from" | "to">,
): Promise<BegunRelease> {
  const folder = await realpath(programs);
  const log = join(logs, "current-apply.log");
  await mkdir(logs, { recursive: true, mode: 0o750 });
  const output = await open(log, "a", 0o640);
  const words = ["current", "apply", "--bulkhead", to, "--by-policy", "--root", root];
  const child = spawn(join(folder, "node"), [join(folder, "bulkhead.mjs"), ...words], {
    detached: true,
    cwd: "/",
    env: releaseEnvironment(folder),
    stdio: ["ignore", output.fd, output.fd],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
  } finally {
    await output.close();
  }
  child.unref();
  return { from, to, log };
}
