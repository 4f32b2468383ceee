import { randomBytes } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { firstUserId, type InstanceConfig, type InstancePaths } from "./instance.ts";
import { mustRun, type RunOptions, run } from "./run.ts";

/** Runs a program as one of an instance's users, with no right and no way to any. */
const runAs = (user: number, command: readonly string[], options: RunOptions) => {
  const identity = ["--reuid", String(user), "--regid", String(user), "--clear-groups"];
  const nothing = ["--no-new-privs", "--bounding-set", "-all", "--inh-caps", "-all"];
  return run(["setpriv", ...identity, ...nothing, "--", ...command], options);
};

/**
 * Ends every process of one of an instance's users at one blow, whatever it calls itself and however fast it forks: the
 * kernel signals all that this user may signal. Users below those of instances are left alone.
 */
export async function endUser(user: number): Promise<void> {
  if (!Number.isInteger(user) || user < firstUserId) return;
  await runAs(user, ["/bin/sh", "-c", "kill -KILL -1"], { cwd: "/", timeout: 10_000 });
}

/**
 * Removes a folder that another user owns, and may be changing meanwhile, from a parent that is root's. It is moved first
 * to where nobody but root can find it, then emptied as its owner, who can thereby reach nothing that is not his; root
 * takes away the rest with `rm`, which goes from folder to folder by descriptor and follows no link, unlike Node's own.
 */
export async function removeForeign(folder: string, owner: number, grave: string): Promise<void> {
  const moved = join(grave, randomBytes(8).toString("hex"));
  try {
    await rename(folder, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await runAs(owner, ["find", ".", "-mindepth", "1", "-delete"], { cwd: moved, timeout: 60_000 });
  await removeTree(moved);
}

/** Removes a folder of root's with all that is in it, on this file system. Throws CommandError. */
export const removeTree = (folder: string) => mustRun(["rm", "-rf", "--one-file-system", "--", folder], { cwd: "/" });

/** Removes an instance's folder once its processes are told to stop and nothing is mounted below it. Needs root. */
export async function removeInstance(
  paths: Pick<InstancePaths, "root" | "apiserver" | "registry">,
  { users }: Pick<InstanceConfig, "users">,
): Promise<void> {
  for (const user of Object.values(users)) await endUser(user);
  const grave = join(paths.root, `removing-${randomBytes(8).toString("hex")}`);
  await mkdir(grave, { mode: 0o700 });
  await removeForeign(paths.apiserver, users.apiserver, grave);
  await removeForeign(join(paths.registry, "data"), users.registry, grave);
  await removeTree(paths.root);
}
