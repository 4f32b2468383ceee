import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "@bulkhead/api";
import { expect } from "./report.ts";

/** A pod's groups in the unified hierarchy, as the kernel has them. */
export interface PodGroup {
  readonly folder: string;
  /** The first process of the pod's first container. */
  readonly pid: number;
  /** A file of the pod's own group. */
  pod(file: string): Promise<string>;
  /** A file of its container's group. */
  container(file: string): Promise<string>;
}

const top = "/sys/fs/cgroup";
const text = async (...path: string[]): Promise<string> => (await readFile(join(...path), "utf8")).trim();

async function find(folder: string, wanted: (name: string) => boolean): Promise<string | undefined> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    if (wanted(entry.name)) return path;
    const below = await find(path, wanted);
    if (below !== undefined) return below;
  }
  return undefined;
}

export async function podGroup(pod: Pod): Promise<PodGroup> {
  const uid = (pod.metadata.uid ?? "").replaceAll("-", "_");
  const folder = await find(top, (name) => name.endsWith(`-pod${uid}.slice`));
  expect(folder !== undefined, `systemd has no slice for pod ${pod.metadata.name}`);
  const id = /[0-9a-f]{64}$/.exec(pod.status?.containerStatuses?.[0]?.containerID ?? "")?.[0] ?? "";
  const scope = await find(folder, (name) => name.includes(id) && name.endsWith(".scope"));
  expect(scope !== undefined, `no scope of container ${id} below ${folder}`);
  const pid = Number((await text(scope, "cgroup.procs")).split("\n")[0]);
  expect(pid > 1, `no process in ${scope}`);
  return { folder, pid, pod: (file) => text(folder, file), container: (file) => text(scope, file) };
}
