import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, readInstance, run } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";

interface Wish {
  readonly user?: string;
  readonly group: readonly string[];
  readonly hours: string;
}

function hours(text: string, most: number): string {
  const value = Number(text);
  if (!(value > 0 && value <= most)) throw new CommandFailure(`--hours ${text}: more than 0, at most ${most}`);
  return String(value);
}

/** Asks the one program that reads the authorities' keys. */
async function issue(paths: InstancePaths, ...args: string[]): Promise<string> {
  if ((await readInstance(paths.root)) === undefined)
    throw new CommandFailure(`no instance at ${paths.root}; start one with: bulkhead up --root ${paths.root}`);
  if (process.getuid?.() !== 0) throw new CommandFailure("only root may issue credentials: sudo bulkhead …");
  const done = await run([join(paths.programs, "node"), join(paths.programs, "prepare.mjs"), paths.root, ...args]);
  if (done.code !== 0) throw new CommandFailure(done.stderr.trim(), 1);
  return done.stdout;
}

/** The text of a kubeconfig. */
export async function kubeconfig(paths: InstancePaths, wish: Wish): Promise<string> {
  if (wish.user !== undefined) return issue(paths, "kubeconfig", hours(wish.hours, 720), wish.user, ...wish.group);
  if (wish.group.length > 0) throw new CommandFailure("--group needs --user");
  return readFile(paths.kubeconfig, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(
      error.code === "EACCES"
        ? `${paths.kubeconfig} is root's; run this as root`
        : `no instance at ${paths.root}; start one with: bulkhead up --root ${paths.root}`,
    );
  });
}

/** A bearer token and a newline. */
export const token = (paths: InstancePaths, wish: Wish & { readonly user: string }): Promise<string> =>
  issue(paths, "token", hours(wish.hours, 24), wish.user, ...wish.group);
