/**
 * The start of `bulkhead`: whole processes, in turns with `node -e 0`; wall and CPU time, and how many times Node alone. The command
 * must have been built (`node scripts/build.mjs`); a first call of each is not counted.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { median, report, round } from "./report.ts";

const command = join(import.meta.dirname, "..", "dist", "bulkhead.mjs");
if (!existsSync(command)) {
  console.error("build the command first: node scripts/build.mjs");
  process.exit(2);
}
const alone = "node -e 0";
const calls: Readonly<Record<string, readonly string[]>> = {
  [alone]: ["-e", "0"],
  "bulkhead --version": [command, "--version"],
  "bulkhead help": [command, "help"],
  "bulkhead explain seccomp": [command, "explain", "seccomp"],
};
/** Of each; the kernel counts a process's time in hundredths of a second, so that only their sum says much. */
const runs = 30;

/** Seconds of processor time of all children that have ended. */
function childrenTime(): number {
  const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const walls: Record<string, number[]> = {};
const times: Record<string, number> = {};
for (let run = 0; run <= runs; run++)
  for (const [name, args] of Object.entries(calls)) {
    const before = childrenTime();
    const start = performance.now();
    execFileSync(process.execPath, args, { stdio: "ignore" });
    if (run === 0) continue;
    (walls[name] ??= []).push(performance.now() - start);
    times[name] = (times[name] ?? 0) + childrenTime() - before;
  }
report(
  "start of the command, whole processes",
  Object.keys(calls).map((name) => ({
    call: name,
    "least ms": round(Math.min(...(walls[name] ?? []))),
    "median ms": round(median(walls[name] ?? [])),
    "CPU ms": round(((times[name] ?? 0) * 1000) / runs),
    "CPU, times Node alone": round((times[name] ?? 0) / (times[alone] ?? 0), 1),
  })),
);
