import { execFileSync } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filterMeans, filterWords, isFilterArchitecture, processFilter, refusedCalls, run } from "../src/index.ts";

const means = await filterMeans();
const architecture = isFilterArchitecture(process.arch) ? process.arch : undefined;
const hasPerl = (() => {
  try {
    execFileSync("/usr/bin/perl", ["-e", "1"]);
    return true;
  } catch {
    return false;
  }
})();
const reason =
  means === undefined || architecture === undefined
    ? "needs a way to load seccomp filters"
    : process.getuid?.() !== 0 || !hasPerl
      ? "needs root and perl"
      : "";

const EPERM = 1;

describe.skipIf(reason !== "")(`a program under our filter${reason && ` (skipped: ${reason})`}`, () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bulkhead-seccomp-"));
    execFileSync("chmod", ["755", folder]);
    file = join(folder, "filter");
    if (architecture !== undefined) await writeFile(file, processFilter(architecture), { mode: 0o644 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const under = (...command: string[]) => {
    const { options, before } = filterWords(means ?? "perl", file);
    const identity = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--bounding-set=-all"];
    return run(["setpriv", ...identity, ...options, "--", ...before, ...command], { cwd: "/", timeout: 110_000 });
  };
  const column = architecture === "arm64" ? 1 : 0;
  /** Makes each call with no sensible argument; prints its number and error. */
  const tries = `for my $nr (@ARGV) { $! = 0; my $got = syscall($nr + 0, -1, -1, -1, -1, -1); print "$nr ", $got == -1 ? $! + 0 : 0, "\\n"; }`;

  test("is refused each call of the list", async () => {
    const numbers = Object.values(refusedCalls).flatMap((row) => row[column] ?? []);
    const { stdout, code, stderr } = await under("/usr/bin/perl", "-e", tries, ...numbers.map(String));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trim().split("\n")).toEqual(numbers.map((number) => `${number} ${EPERM}`));
  });

  test("makes no user namespace, and no socket but of the plain families", async () => {
    const userNamespace =
      "use strict; my $nr = shift; $! = 0; my $got = syscall($nr + 0, 0x10000000 | 17, 0, 0, 0, 0); exit 7 if $got == 0; print $got, ' ', $! + 0;";
    const clone = column === 1 ? 220 : 56;
    expect((await under("/usr/bin/perl", "-e", userNamespace, String(clone))).stdout).toBe(`-1 ${EPERM}`);
    const sockets =
      'use Socket; for (1, 2, 10, 16, 17, 38, 40) { print socket(my $s, $_, $_ == 16 ? 3 : 1, 0) ? "ok" : $! + 0, " " }';
    expect((await under("/usr/bin/perl", "-e", sockets)).stdout.trim()).toBe("ok ok ok ok 97 97 97");
  });

  test("goes on with threads, files, the network and children: Node runs as ever", async () => {
    const script = `
      const { Worker } = require("node:worker_threads"), net = require("node:net"), fs = require("node:fs");
      const status = fs.readFileSync("/proc/self/status", "utf8");
      const server = net.createServer((s) => s.end("hello")).listen(0, "127.0.0.1", () => {
        net.connect(server.address().port).on("data", (data) => {
          server.close();
          const worker = new Worker("require('node:worker_threads').parentPort.postMessage('thread')", { eval: true });
          worker.on("message", (word) => console.log(String(data), word, /Seccomp:\\t(\\d)/.exec(status)[1],
            require("node:child_process").execFileSync("/bin/echo", ["child"]).toString().trim(),
            require("node:os").networkInterfaces().lo !== undefined));
        });
      });`;
    // Node itself may lie where only root gets to.
    const node = join(folder, "node");
    await copyFile(process.execPath, node);
    const ran = await under(node, "-e", script);
    expect([ran.stdout.trim(), ran.stderr]).toEqual(["hello thread 2 child true", ""]);
  });

  test("is not started at all where the filter is missing or broken", async () => {
    const broken = join(folder, "broken");
    await writeFile(broken, "no filter at all", { mode: 0o644 });
    for (const path of [broken, join(folder, "absent")]) {
      const { options, before } = filterWords(means ?? "perl", path);
      const ran = await run(["setpriv", "--no-new-privs", ...options, "--", ...before, "/bin/echo", "started"]);
      expect(ran.code).not.toBe(0);
      expect(ran.stdout).toBe("");
    }
  });
});
