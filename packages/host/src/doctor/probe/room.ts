import { statfs } from "node:fs/promises";
import { run } from "../../run.ts";
import type { MachineFacts } from "../facts.ts";
import { existingFolder } from "./attempts.ts";
import { textOf } from "./kernel.ts";
import type { RunningProgram } from "./neighbours.ts";

const kib = (text: string, name: string): number =>
  1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);

export function probeMemory(): MachineFacts["memory"] {
  const text = textOf("/proc/meminfo");
  const limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
    .map((path) => Number(textOf(path).trim() || Number.NaN))
    .filter((n) => Number.isFinite(n) && n > 0 && n < 2 ** 60);
  return { total: kib(text, "MemTotal"), available: kib(text, "MemAvailable"), limit: limits[0] };
}

/** Bytes of swap that are on. */
export const probeSwap = (): number =>
  textOf("/proc/swaps")
    .split("\n")
    .slice(1)
    .reduce((sum, line) => sum + 1024 * (Number(line.split(/\s+/)[2]) || 0), 0);

export async function probeDisk(root: string): Promise<MachineFacts["disk"]> {
  const path = await existingFolder(root);
  const { bavail, blocks, bsize } = await statfs(path);
  return { path, free: bavail * bsize, total: blocks * bsize };
}

const timeServices = ["chronyd", "ntpd", "systemd-timesyncd", "systemd-timesyn", "openntpd"];

/** systemd knows whether the clock is synchronised; elsewhere a time service that runs is taken at its word. */
export async function probeClock(
  systemd: boolean,
  programs: readonly RunningProgram[],
): Promise<MachineFacts["clock"]> {
  const service = programs.find((p) => timeServices.includes(p.name))?.name;
  if (systemd) {
    const asked = await run(["timedatectl", "show", "--property=NTPSynchronized", "--value"], { timeout: 5000 });
    if (asked.code === 0)
      return { synchronised: asked.stdout.trim() === "yes" ? "yes" : "no", by: service ?? "systemd" };
  }
  return { synchronised: service === undefined ? "unknown" : "yes", by: service };
}
