/**
 * What it costs to watch the containers of a node: 100 containers of three processes each (real ones, in cgroups named as a
 * runtime names them), looked at again and again. Prints processor time a look and as a share of one core.
 * Run as root: node bench/runtime-signals.ts
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { observeContainers } from "../packages/server/src/signals/observe.ts";

const containers = 100;
const processes = 3;
const looks = 30;
/** Seconds between two looks of the product. */
const every = 10;

const top = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].find((folder) => existsSync(join(folder, "cgroup.procs")));
if (process.getuid?.() !== 0 || top === undefined) {
  process.stdout.write("skipped: needs root and a cgroup hierarchy\n");
  process.exit(0);
}
const ids: string[] = [];
const children: ChildProcess[] = [];
try {
  for (let index = 0; index < containers; index++) {
    const id = randomBytes(32).toString("hex");
    ids.push(id);
    mkdirSync(join(top, id));
    for (let each = 0; each < processes; each++) {
      // As in a pod: a network of its own, with few sockets.
      const child = spawn("unshare", ["--net", "sleep", "600"], { stdio: "ignore" });
      children.push(child);
      writeFileSync(join(top, id, "cgroup.procs"), String(child.pid));
    }
  }
  const watched = new Set(ids);
  const memory = new Map();
  const look = () => observeContainers({ layers: "/", containers: watched, files: new Set(), memory });
  if ((await look()).size !== containers) throw new Error("not every container was seen");
  const before = process.cpuUsage();
  for (let index = 0; index < looks; index++) await look();
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / 1000 / looks;
  const all = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).length;
  process.stdout.write(
    `${containers} containers, ${containers * processes} processes of ${all} on the machine: ${milliseconds.toFixed(1)} ms of processor a look, ${((milliseconds / 1000 / every) * 100).toFixed(2)} percent of a core at one look in ${every} s (aim: under 1)\n`,
  );
} finally {
  for (const child of children) child.kill("SIGKILL");
  await pause(500);
  for (const id of ids) if (existsSync(join(top, id))) rmdirSync(join(top, id));
}
