import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { InstancePaths } from "../instance.ts";
import { readParts } from "../parts/install-parts.ts";
import { isAlive, type ProcessIdentity, signal } from "../process-identity.ts";
import { readState } from "../process-table.ts";
import type { Progress } from "../progress.ts";
import { run } from "../run.ts";
import { type PartChange, partChanges, partFolders } from "./part-staging.ts";

export type SwitchErrorCode = "nothing-staged" | "no-previous" | "unsupervised" | "not-healthy";

/** Why parts were not switched. After `not-healthy` the earlier ones are back. */
export class SwitchError extends Error {
  readonly code: SwitchErrorCode;
  constructor(code: SwitchErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SwitchError";
    this.code = code;
  }
}

export interface Switched {
  readonly changes: readonly PartChange[];
  /** Containers that ran before and run on, by the process that is theirs. */
  readonly containers: number;
  /** Programs of ours that were started anew on the new parts. */
  readonly restarted: readonly string[];
}

/** Programs of the parts that run, each with the part it is of. */
const daemons = ["containerd", "registry"] as const;

/**
 * Puts the staged parts in the place of those that are there, which are kept. One step of the file system exchanges both
 * folders; then the supervisor starts containerd and the registry anew. Containers go on: they are their shims', which
 * the new containerd takes over. Where it is not healthy within its time, or a container is gone, the earlier parts come
 * back the same way. `more`: it is one more switch of the same update, whose way back leads before the first. Needs root.
 */
export async function switchParts(paths: InstancePaths, progress: Progress, more = false): Promise<Switched> {
  const { staged, previous } = partFolders(paths);
  const next = await readParts(staged);
  if (next === undefined) throw new SwitchError("nothing-staged", `${staged} holds no whole parts`);
  const changes = partChanges(await readParts(paths.parts), next);
  const switched = await exchanged(paths, staged, progress, changes);
  await rm(more ? staged : previous, { recursive: true, force: true });
  if (!more) await rename(staged, previous);
  return switched;
}

/** Puts the parts back that were there before the last switch; those that are there are kept in their place. */
export async function switchBack(paths: InstancePaths, progress: Progress): Promise<Switched> {
  const { previous } = partFolders(paths);
  const earlier = await readParts(previous);
  if (earlier === undefined) throw new SwitchError("no-previous", `${previous} holds no parts to go back to`);
  return exchanged(paths, previous, progress, partChanges(await readParts(paths.parts), earlier));
}

async function exchanged(
  paths: InstancePaths,
  other: string,
  progress: Progress,
  changes: readonly PartChange[],
): Promise<Switched> {
  const before = await runningDaemons(paths);
  const supervised = await isSupervised(paths);
  if (before.size > 0 && !supervised)
    throw new SwitchError(
      "unsupervised",
      "containerd runs and no supervisor would start it anew: bulkhead up --detach first, or end it with bulkhead reset",
    );
  const containers = before.has("containerd") ? await containersOf(paths) : [];
  progress.step("parts: exchanged");
  await exchange(paths.parts, other);
  try {
    const restarted = await restart(paths, before, progress);
    const lost = containers.length === 0 ? [] : await lostOf(paths, containers);
    if (lost.length > 0)
      throw new Error(`${lost.length} of ${containers.length} containers are gone: ${lost.join(", ")}`);
    return { changes, containers: containers.length, restarted };
  } catch (error) {
    progress.step("parts: not healthy, the earlier ones come back");
    await exchange(paths.parts, other);
    await restart(paths, await runningDaemons(paths), progress).catch(() => []);
    const why = error instanceof Error ? error.message : String(error);
    throw new SwitchError("not-healthy", `${why}; the earlier parts are back`, error);
  }
}

const exchangeCalls: Readonly<Record<string, number>> = { x64: 316, arm64: 276 };

/**
 * Exchanges two folders in one step (renameat2 with RENAME_EXCHANGE, by the perl that every Debian has), so that at no time
 * a program is missing; where that is not to be had, in two.
 */
export async function exchange(a: string, b: string): Promise<void> {
  const call = exchangeCalls[process.arch];
  const script = "exit(syscall($ARGV[0] + 0, -100, $ARGV[1], -100, $ARGV[2], 2) == 0 ? 0 : 1)";
  if (call !== undefined && (await run(["perl", "-e", script, String(call), a, b])).code === 0) return;
  const between = `${b}.between`;
  await rename(a, between);
  await rename(b, a);
  await rename(between, b);
}

async function isSupervised(paths: InstancePaths): Promise<boolean> {
  const { supervisor } = await readState(paths.run);
  return supervisor !== undefined && isAlive(supervisor);
}

async function runningDaemons(paths: InstancePaths): Promise<Map<string, ProcessIdentity>> {
  const { processes } = await readState(paths.run);
  return new Map(
    processes.flatMap(({ name, identity }) =>
      daemons.some((daemon) => daemon === name) && identity !== undefined && isAlive(identity)
        ? [[name, identity]]
        : [],
    ),
  );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a part may take to answer after it was started anew. */
const patience = 60_000;

async function restart(
  paths: InstancePaths,
  running: ReadonlyMap<string, ProcessIdentity>,
  progress: Progress,
): Promise<string[]> {
  for (const [name, identity] of running) {
    progress.detail(`${name} starts anew`);
    signal(identity, "SIGTERM");
    const deadline = Date.now() + patience;
    for (;;) {
      const now = (await runningDaemons(paths)).get(name);
      const fresh = now !== undefined && now.pid !== identity.pid;
      if (fresh && (name !== "containerd" || (await ctr(paths, "version")).code === 0)) break;
      if (Date.now() > deadline)
        throw new Error(`${name} did not come back; its log: ${join(paths.logs, `${name}.log`)}`);
      await pause(100);
    }
  }
  return [...running.keys()];
}

const ctr = (paths: InstancePaths, ...args: readonly string[]) =>
  run(
    [
      join(paths.parts, "bin", "ctr"),
      "--address",
      join(paths.run, "containerd.sock"),
      "--namespace",
      "k8s.io",
      ...args,
    ],
    {
      timeout: 10_000,
    },
  );

/** Reads `ctr task ls`: identifier and process of what runs. */
export function readTasks(printed: string): { readonly id: string; readonly pid: number }[] {
  return printed.split("\n").flatMap((line) => {
    const [id = "", pid = "", status = ""] = line.trim().split(/\s+/);
    return status === "RUNNING" ? [{ id, pid: Number(pid) }] : [];
  });
}

/** Containers that run now, by the process that is theirs. */
export async function containersOf(paths: InstancePaths) {
  return readTasks((await ctr(paths, "task", "ls")).stdout);
}

/**
 * Containers that the new containerd does not know although their process lives; all, where not one lives any more. One
 * that ended by itself meanwhile, as jobs do, is no loss of ours.
 */
export async function lostOf(
  paths: InstancePaths,
  before: readonly { readonly id: string; readonly pid: number }[],
): Promise<string[]> {
  const now = await containersOf(paths);
  const alive = before.filter(({ pid }) => existsSync(`/proc/${pid}`));
  const lost =
    alive.length === 0 ? before : alive.filter((one) => !now.some(({ id, pid }) => id === one.id && pid === one.pid));
  return lost.map(({ id }) => id.slice(0, 12));
}
