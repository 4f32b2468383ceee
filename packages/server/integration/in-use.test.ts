import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openPlainFolder, scanImage } from "@bulkhead/images";
import { afterAll, describe, expect, test } from "vitest";
import { loadedFiles } from "../src/scanning/loaded-files.ts";
import { markInUse } from "../src/scanning/mark-in-use.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-in-use-"));
const container = randomBytes(32).toString("hex");

/** Where a cgroup can be made; version 1 has one tree a controller. */
const cgroups = [
  "/sys/fs/cgroup/cgroup.procs",
  "/sys/fs/cgroup/pids/cgroup.procs",
  "/sys/fs/cgroup/systemd/cgroup.procs",
]
  .filter((file) => existsSync(file))
  .map((file) => join(dirname(file), container))
  .find((path) => {
    try {
      mkdirSync(path);
      return true;
    } catch {
      return false;
    }
  });
function lacking(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (cgroups === undefined) return "no cgroup can be made here";
  if (spawnSync("unshare", ["--mount", "true"]).status !== 0) return "no mount namespace can be made here";
  return undefined;
}
const why = lacking();
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (cgroups !== undefined) rmdirSync(cgroups);
});

/** A program and what it needs to start. */
function copyProgram(path: string): readonly string[] {
  const needed = execFileSync("ldd", [path], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g);
  const files = [path, ...[...needed].map(([, file]) => file ?? "")];
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    copyFileSync(file, join(folder, file));
  }
  return files.slice(1);
}

describe.skipIf(why !== undefined)(
  `packages in use, by a real process with a root of its own${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    test("its program and its libraries are in use, what it never loaded is not", async () => {
      const libraries = ["/bin/sh", "/bin/sleep"].flatMap(copyProgram);
      mkdirSync(join(folder, "old"));
      mkdirSync(join(folder, "usr/lib"), { recursive: true });
      copyFileSync("/bin/sleep", join(folder, "usr/lib/libunused.so.1"));
      mkdirSync(join(folder, "var/lib/dpkg/info"), { recursive: true });
      const owned = {
        coreutils: ["/bin/sleep"],
        libc6: libraries.filter((file) => /\/(libc\.|ld-)/.test(file)),
        unused: ["/usr/lib/libunused.so.1"],
      };
      const stanzas = Object.keys(owned).map(
        (name) => `Package: ${name}\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n`,
      );
      writeFileSync(join(folder, "var/lib/dpkg/status"), stanzas.join(""));
      for (const [name, files] of Object.entries(owned))
        writeFileSync(join(folder, `var/lib/dpkg/info/${name}.list`), files.map((file) => `${file}\n`).join(""));

      // As a runtime does: a root of its own, the machine's nowhere to be seen.
      const enter = `echo $$ > ${cgroups}/cgroup.procs; mount --bind ${folder} ${folder}; cd ${folder}; pivot_root . old; exec bin/sh -c 'echo in; exec /bin/sleep 300'`;
      const child = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", enter], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        await once(child.stdout, "data");
        const scan = await scanImage(openPlainFolder(folder));
        let names: readonly string[] = [];
        // It says that it is in, and only then becomes the other program.
        await expect
          .poll(
            async () => {
              const files = (await loadedFiles({ containers: new Set([container]) })).get(container) ?? new Set();
              const { inUse } = markInUse(scan, { lookedAt: 1, files: [...files] }, undefined);
              names = inUse?.packages.map((p) => p.name) ?? [];
              return [...files];
            },
            { timeout: 60_000 },
          )
          .toContain("bin/sleep");
        expect(names).toEqual(["coreutils", "libc6"]);
      } finally {
        child.kill("SIGKILL");
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      }
      // It is gone: nothing is left to be seen.
      expect((await loadedFiles({ containers: new Set([container]) })).size).toBe(0);
    });
  },
);
