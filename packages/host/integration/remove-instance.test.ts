import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { identify, isAlive, removeForeign, removeInstance } from "../src/index.ts";

function missing(): string {
  if (process.getuid?.() !== 0) return "needs root";
  try {
    execFileSync("setpriv", ["--version"], { stdio: "ignore" });
    return "";
  } catch {
    return "needs setpriv";
  }
}
const reason = missing();

/** A user that no instance has but by a chance of one in millions. */
const user = 0x7fff_0000 + (process.pid % 0x1000);

/** Swaps folders for links to the victim, under the very names that are in it, as fast as it can. */
const adversary = `
const fs = require("node:fs"), { join } = require("node:path");
const [folder, victim] = process.argv.slice(1);
process.chdir(folder);
const quietly = (act) => { try { act(); } catch {} };
const fill = (name) => {
  for (const below of ["", "deep", "deep/deeper"]) {
    quietly(() => fs.mkdirSync(join(name, below), { recursive: true }));
    for (const file of ["kept-1", "kept-2"]) quietly(() => fs.writeFileSync(join(name, below, file), ""));
  }
};
process.stdout.write("ready");
for (let n = 0; ; n++) {
  fill("store"); fill("spare");
  quietly(() => fs.renameSync("store", "away"));
  quietly(() => fs.symlinkSync(victim, "store"));
  quietly(() => fs.renameSync("store", "link" + (n % 8)));
  quietly(() => fs.renameSync("away", "store"));
  quietly(() => fs.renameSync("store/deep", "store/aside"));
  quietly(() => fs.symlinkSync(join(victim, "deep"), "store/deep"));
  quietly(() => fs.unlinkSync("store/deep"));
  quietly(() => fs.renameSync("store/aside", "store/deep"));
}`;

describe.skipIf(reason !== "")(`the removal of an instance's folder${reason && ` (skipped: ${reason})`}`, () => {
  let base: string;
  let root: string;
  let victim: string;
  const running: ChildProcess[] = [];

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), "bulkhead-remove-"));
    chmodSync(base, 0o755);
    root = join(base, "instance");
    victim = join(base, "victim");
    for (const folder of [victim, join(victim, "deep"), join(victim, "deep", "deeper")]) {
      mkdirSync(folder, { recursive: true });
      for (const file of ["kept-1", "kept-2"]) writeFileSync(join(folder, file), "root's own");
    }
    mkdirSync(join(root, "registry", "data"), { recursive: true });
    mkdirSync(join(root, "apiserver"));
    for (const folder of ["apiserver", "registry/data"]) {
      writeFileSync(join(root, folder, "file"), "");
      chownSync(join(root, folder), user, user);
    }
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(base, { recursive: true, force: true });
  });

  async function attack(folder: string): Promise<ChildProcess> {
    const drop = [`--reuid=${user}`, `--regid=${user}`, "--clear-groups", "--no-new-privs", "--bounding-set=-all"];
    // No environment: it hides from the mark by which an instance's processes are found.
    const options = { env: {}, stdio: ["ignore", "pipe", "ignore"] as ["ignore", "pipe", "ignore"], cwd: "/" };
    const child = spawn("/usr/bin/setpriv", [...drop, process.execPath, "-e", adversary, folder, victim], options);
    running.push(child);
    await once(child.stdout, "data");
    return child;
  }
  const whole = (): void => {
    for (const folder of [victim, join(victim, "deep"), join(victim, "deep", "deeper")])
      for (const file of ["kept-1", "kept-2"]) expect(readFileSync(join(folder, file), "utf8")).toBe("root's own");
  };

  test("leads nowhere while its owner swaps folders for links all the time", async () => {
    const grave = join(root, "grave");
    mkdirSync(grave, { mode: 0o700 });
    const folder = join(root, "apiserver");
    for (let round = 0; round < 4; round++) {
      if (!existsSync(folder)) {
        mkdirSync(folder);
        chownSync(folder, user, user);
      }
      const child = await attack(folder);
      await new Promise((resolve) => setTimeout(resolve, 50));
      // It may not be emptied while something is put into it all the time; then the removal says so.
      const removing = removeForeign(folder, user, grave).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(child.exitCode).toBeNull();
      child.kill("SIGKILL");
      await removing;
      whole();
    }
  });

  test("ends whoever is left of its users, and takes all away", async () => {
    const folder = join(root, "registry", "data");
    const child = await attack(folder);
    const identity = identify(child.pid ?? 0);
    mkdirSync(join(folder, "shut", "in"), { recursive: true });
    chmodSync(join(folder, "shut"), 0);
    chownSync(join(folder, "shut"), user, user);
    const paths = { root, apiserver: join(root, "apiserver"), registry: join(root, "registry") };
    await removeInstance(paths, { users: { apiserver: user, controllers: user, dns: user, registry: user } });
    expect(identity !== undefined && isAlive(identity)).toBe(false);
    expect(readdirSync(base)).toEqual(["victim"]);
    whole();
  });

  test("never ends processes of users that are no instance's", async () => {
    const other = spawn("setpriv", ["--reuid=65534", "--clear-groups", "sleep", "60"], { stdio: "ignore", cwd: "/" });
    running.push(other);
    await once(other, "spawn");
    const paths = { root, apiserver: join(root, "apiserver"), registry: join(root, "registry") };
    const users = { apiserver: 65_534, controllers: 65_534, dns: 0, registry: 65_534 };
    await removeInstance(paths, { users });
    expect([other.exitCode, other.signalCode]).toEqual([null, null]);
    expect(existsSync(root)).toBe(false);
  });
});
