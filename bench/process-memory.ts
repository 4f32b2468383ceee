import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** Proportional set size of every process of an instance, MB by program; `rest`: shims and helpers in its folder. */
export function instanceMemory(root: string): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const command = commandOf(pid);
    if (Number(pid) === process.pid || !command.some((word) => word.includes(`${root}/`) || word === root)) continue;
    const name = nameOf(command);
    sizes[name] = (sizes[name] ?? 0) + proportionalSetSize(pid);
  }
  return sizes;
}

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

function nameOf(command: readonly string[]): string {
  const program = command.find((word) => word.endsWith(".mjs"));
  if (program !== undefined) return basename(program, ".mjs");
  return basename(command[0] ?? "?");
}

function proportionalSetSize(pid: string): number {
  try {
    const found = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
    return Number(found?.[1] ?? 0) / 1024;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}
