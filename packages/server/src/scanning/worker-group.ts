import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CgroupSetup } from "@bulkhead/kubelet";

const run = promisify(execFile);

/** The most that the image worker and all that it may start take together. */
export interface WorkerBounds {
  /** Bytes, page cache included. */
  readonly memory: number;
  /** Processors, in thousandths. */
  readonly processor: number;
  readonly tasks: number;
}

/** Half a processor is always left to others; a machine with one gives half of it. */
export const workerBounds = (processors = availableParallelism()): WorkerBounds => ({
  memory: 512 << 20,
  processor: Math.max(500, processors * 1000 - 500),
  tasks: 64,
});

const group = "image-worker";
/** Of 10,000: a pod that asks for a tenth of a processor has 39. */
const weight = { v1: 20, v2: 1 };
const period = 100_000;

export interface WorkerGroupOptions {
  readonly setup: CgroupSetup;
  /** The group that holds all pods of the instance: the worker's lies in it, beside theirs. */
  readonly root: string;
  readonly bounds: WorkerBounds;
  readonly mountPoint?: string;
}

/**
 * Makes the worker's control group, and gives the words that go before its command so that it starts inside: nothing of it
 * ever runs outside. Where systemd manages the hierarchy, systemd makes a scope for each worker instead. None where there
 * are no control groups; throws where there are and a command does not start in one.
 */
export async function workerGroup(options: WorkerGroupOptions): Promise<readonly string[]> {
  const words = await groupWords(options);
  const [command, ...args] = [...words, "true"];
  if (command !== undefined) await run(command, args);
  return words;
}

async function groupWords(options: WorkerGroupOptions): Promise<readonly string[]> {
  const { setup, root, bounds, mountPoint = "/sys/fs/cgroup" } = options;
  if (setup.driver === "systemd") return scopeWords(root, bounds);
  const wanted = ["cpu", "memory", "pids"].filter((name) => setup.controllers.includes(name));
  if (setup.version === "v2") {
    for (const folder of [mountPoint, join(mountPoint, root)]) {
      await mkdir(folder, { recursive: true });
      await delegate(folder, wanted);
    }
    const folder = join(mountPoint, root, group);
    await mkdir(folder, { recursive: true });
    for (const [name, value] of v2Settings(bounds))
      if (wanted.includes(name.split(".")[0] ?? "")) await set(join(folder, name), value);
    return joinWords([folder]);
  }
  const folders = wanted.map((name) => join(mountPoint, name, root, group));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const [name, value] of v1Settings(bounds)) {
    const controller = name.split(".")[0] ?? "";
    if (wanted.includes(controller)) await set(join(mountPoint, controller, root, group, name), value);
  }
  return folders.length === 0 ? [] : joinWords(folders);
}

/** Swap's bounds are not everywhere; whatever else cannot be set is an error. */
async function set(file: string, value: string): Promise<void> {
  const optional = /(memsw|swap)\.|oom\.group$/.test(file);
  try {
    await writeFile(file, value, { flag: "r+" });
  } catch (error) {
    if (!optional) throw error;
  }
}

async function delegate(folder: string, controllers: readonly string[]): Promise<void> {
  const control = join(folder, "cgroup.subtree_control");
  const given = new Set((await readFile(control, "utf8")).trim().split(" "));
  const missing = controllers.filter((name) => !given.has(name));
  if (missing.length > 0) await writeFile(control, missing.map((name) => `+${name}`).join(" "));
}

const quota = (bounds: WorkerBounds): number => (bounds.processor * period) / 1000;

const v1Settings = (bounds: WorkerBounds): readonly (readonly [string, string])[] => [
  ["memory.limit_in_bytes", String(bounds.memory)],
  ["memory.memsw.limit_in_bytes", String(bounds.memory)],
  ["cpu.shares", String(weight.v1)],
  ["cpu.cfs_period_us", String(period)],
  ["cpu.cfs_quota_us", String(quota(bounds))],
  ["pids.max", String(bounds.tasks)],
];

const v2Settings = (bounds: WorkerBounds): readonly (readonly [string, string])[] => [
  ["memory.max", String(bounds.memory)],
  ["memory.swap.max", "0"],
  ["memory.oom.group", "1"],
  ["cpu.weight", String(weight.v2)],
  ["cpu.max", `${quota(bounds)} ${period}`],
  ["pids.max", String(bounds.tasks)],
];

/** A shell that enters each group and becomes the command. */
const joinWords = (folders: readonly string[]): string[] => [
  "sh",
  "-c",
  'while [ "$1" != -- ]; do echo 0 > "$1" || exit 70; shift; done; shift; exec "$@"',
  "sh",
  ...folders.map((folder) => join(folder, "cgroup.procs")),
  "--",
];

const scopeWords = (root: string, bounds: WorkerBounds): string[] => [
  "systemd-run",
  "--scope",
  "--quiet",
  "--collect",
  `--slice=${root.replaceAll("-", "_")}.slice`,
  `--property=MemoryMax=${bounds.memory}`,
  "--property=MemorySwapMax=0",
  `--property=CPUWeight=${weight.v2}`,
  `--property=CPUQuota=${bounds.processor / 10}%`,
  `--property=TasksMax=${bounds.tasks}`,
  "--",
];
