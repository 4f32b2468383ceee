import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, type Progress, readInstance, removeInstance, run } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { stopSupervisor } from "../instance/supervision.ts";

/**
 * Removes all that an instance made (containers, network namespace, tables, folders) and nothing else. `paths` are of one
 * that is there: what may be removed is known from its instance.json.
 */
export async function reset(paths: InstancePaths, progress: Progress): Promise<void> {
  const config = await readInstance(paths.root);
  if (config === undefined)
    throw new CommandFailure(`${paths.root} holds no instance of Bulkhead; nothing was removed`);
  progress.step("stopping");
  await stopSupervisor(paths);
  const removed = await run([join(paths.programs, "node"), join(paths.programs, "prepare.mjs"), paths.root, "remove"]);
  if (removed.code !== 0)
    throw new CommandFailure(`containers and network could not be removed: ${removed.stderr.trim()}`, 1);
  progress.step("containers stopped, network removed");
  await unmountBelow(paths.root);
  await removeInstance(paths, config);
  progress.step(`${paths.root} removed`);
}

/** Whether there is nothing at all: no folder, or an empty one. */
export const isNothing = (root: string): Promise<boolean> =>
  readdir(root).then(
    (entries) => entries.length === 0,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );

/** Unmounts everything mounted below a folder, deepest first. */
export async function unmountBelow(root: string): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const mounts = (await readFile("/proc/self/mounts", "utf8"))
      .split("\n")
      .map((line) =>
        (line.split(" ")[1] ?? "").replace(/\\([0-7]{3})/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        ),
      )
      .filter((path) => path.startsWith(`${root}/`))
      .sort((a, b) => b.length - a.length);
    if (mounts.length === 0) return;
    for (const path of mounts) await run(["umount", round === 2 ? "--lazy" : "--quiet", path]);
  }
}
