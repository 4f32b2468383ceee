import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  dropFetched,
  type InstancePaths,
  instancePaths,
  partFolders,
  readParts,
  SwitchError,
  selfTestParts,
  silentProgress,
  stageNewParts,
  switchBack,
  switchParts,
} from "@bulkhead/host";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const parts = process.env["BULKHEAD_PARTS"];
const missing =
  parts === undefined
    ? "BULKHEAD_PARTS is not set"
    : process.getuid?.() !== 0
      ? "not root"
      : existsSync(join(parts, "parts.json"))
        ? undefined
        : "there are no whole parts";

/** What a process was started as; empty for one that has ended meanwhile. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

describe.skipIf(missing !== undefined)(
  `new parts are tried and switched${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    let root = "";
    let paths: InstancePaths;

    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), "bulkhead-parts-"));
      paths = instancePaths(root);
      const { staged } = partFolders(paths);
      for (const folder of [paths.parts, staged, paths.run, paths.containerd]) mkdirSync(folder, { recursive: true });
      for (const folder of ["bin", "lib", "cni"])
        cpSync(join(parts ?? "", folder), join(staged, folder), { recursive: true });
      const manifest = { format: 1, directory: paths.parts, fellBack: false };
      const runc = { name: "runc", suite: "testing", says: "", changelogNames: [] };
      writeFileSync(join(staged, "parts.json"), JSON.stringify({ ...manifest, parts: [{ ...runc, version: "2" }] }));
      writeFileSync(
        join(paths.parts, "parts.json"),
        JSON.stringify({ ...manifest, parts: [{ ...runc, version: "1" }] }),
      );
      writeFileSync(join(paths.containerd, "config.toml"), "version = 3\n");
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    const left = (): string[] => [
      ...readFileSync("/proc/self/mountinfo", "utf8")
        .split("\n")
        .filter((line) => line.includes(root)),
      ...readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(commandLine)
        .filter((line) => line.includes(root)),
      ...readdirSync("/sys/fs/cgroup").filter((name) => name.startsWith("self-test-")),
      ...readdirSync(paths.run),
    ];

    test("a throwaway containerd runs a container on them, and nothing of it stays", async () => {
      expect((await selfTestParts(paths)).map(({ what, passed, says }) => [what, passed, passed ? "" : says])).toEqual([
        ["the new containerd reads the instance's configuration", true, ""],
        ["a throwaway containerd starts", true, ""],
        ["it runs a container to its end, by the new shim and runc", true, ""],
      ]);
      expect(left()).toEqual([]);
    });

    test("a runc that does not run is found out, as is a configuration that the new containerd does not read", async () => {
      writeFileSync(join(partFolders(paths).staged, "bin", "runc"), "#!/bin/sh\nexit 1\n");
      writeFileSync(join(paths.containerd, "config.toml"), "version = what\n");
      expect((await selfTestParts(paths)).map(({ passed }) => passed)).toEqual([false, true, false]);
      expect(left()).toEqual([]);
    });

    test("a bad part that was fetched with good ones is kept out alone, and what was fetched stays as it is", async () => {
      const { staged, fetched } = partFolders(paths);
      renameSync(staged, fetched);
      const broken = "#!/bin/sh\nexit 1\n";
      for (const folder of ["bin", "lib", "cni"])
        cpSync(join(fetched, folder), join(paths.parts, folder), { recursive: true });
      writeFileSync(join(fetched, "bin", "runc"), broken);
      await stageNewParts(paths, []);
      expect((await selfTestParts(paths)).at(-1)?.passed).toBe(false);
      const kept = await stageNewParts(paths, ["runc"]);
      expect(kept.parts[0]).toMatchObject({ name: "runc", version: "1" });
      expect((await selfTestParts(paths)).map(({ passed }) => passed)).toEqual([true, true, true]);
      expect(readFileSync(join(fetched, "bin", "runc"), "utf8")).toBe(broken);
      await dropFetched(paths);
      expect(existsSync(fetched)).toBe(false);
    });

    test("of one update that goes in part by part, the way back leads before the first", async () => {
      const { staged, previous } = partFolders(paths);
      cpSync(staged, `${staged}.more`, { recursive: true });
      await switchParts(paths, silentProgress);
      const manifest = readFileSync(join(`${staged}.more`, "parts.json"), "utf8");
      writeFileSync(join(`${staged}.more`, "parts.json"), manifest.replace('"version":"2"', '"version":"3"'));
      renameSync(`${staged}.more`, staged);
      await switchParts(paths, silentProgress, true);
      expect((await readParts(paths.parts))?.parts[0]?.version).toBe("3");
      expect((await readParts(previous))?.parts[0]?.version).toBe("1");
      expect(existsSync(staged)).toBe(false);
    });

    test("the switch keeps the earlier parts, and the way back brings them", async () => {
      const { staged, previous } = partFolders(paths);
      expect(await switchParts(paths, silentProgress)).toEqual({
        changes: [{ part: "runc", from: "1", to: "2" }],
        containers: 0,
        restarted: [],
      });
      expect((await readParts(paths.parts))?.parts[0]?.version).toBe("2");
      expect((await readParts(previous))?.parts[0]?.version).toBe("1");
      expect(existsSync(staged)).toBe(false);
      await switchBack(paths, silentProgress);
      expect((await readParts(paths.parts))?.parts[0]?.version).toBe("1");
      await expect(switchParts(paths, silentProgress)).rejects.toMatchObject({ code: "nothing-staged" });
      rmSync(previous, { recursive: true });
      await expect(switchBack(paths, silentProgress)).rejects.toBeInstanceOf(SwitchError);
    });
  },
);
