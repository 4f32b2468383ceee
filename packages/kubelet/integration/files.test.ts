import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeAtomically } from "../src/volumes/atomic-writer.ts";
import { openBelow, resolveBelow } from "../src/volumes/descriptor-path.ts";
import { openHostPath } from "../src/volumes/host-path.ts";

const why = process.getuid?.() === 0 ? undefined : "not root";

describe.skipIf(why !== undefined)(`files below volumes${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bk-files-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (path: string, text: string, mode = 0o440) => ({ path, bytes: Buffer.from(text), mode, uid: 5, gid: 6 });

  describe("written all at once", () => {
    test("with owner and mode, through ..data, and only when something changed", async () => {
      expect(await writeAtomically(folder, [file("a", "1"), file("deep/b", "2")], 6)).toBe(true);
      expect(readFileSync(join(folder, "deep/b"), "utf8")).toBe("2");
      expect(readlinkSync(join(folder, "a"))).toBe("..data/a");
      const { uid, gid, mode } = statSync(join(folder, "a"));
      expect([uid, gid, mode & 0o777]).toEqual([5, 6, 0o440]);
      expect(await writeAtomically(folder, [file("a", "1"), file("deep/b", "2")], 6)).toBe(false);
      expect(await writeAtomically(folder, [file("a", "1", 0o400), file("deep/b", "2")], 6)).toBe(true);
    });
    test("what is gone goes, and so does what an earlier write left", async () => {
      await writeAtomically(folder, [file("a", "1"), file("b", "2")], 6);
      mkdirSync(join(folder, "..half-written"));
      symlinkSync("..half-written", join(folder, "..data_tmp"));
      await writeAtomically(folder, [file("b", "3")], 6);
      const names = readdirSync(folder);
      expect(names.filter((name) => !name.startsWith(".."))).toEqual(["b"]);
      expect(names).toHaveLength(3);
      expect(readFileSync(join(folder, "b"), "utf8")).toBe("3");
    });
    test("a reader sees the old files or the new ones, never a mixture", async () => {
      const state = (n: number) => [file("one", String(n)), file("two", String(n))];
      await writeAtomically(folder, state(0), 6);
      let reading = true;
      const mixtures: string[] = [];
      const reader = (async () => {
        while (reading) {
          const data = join(folder, readlinkSync(join(folder, "..data")));
          try {
            const [one, two] = ["one", "two"].map((name) => readFileSync(join(data, name), "utf8"));
            if (one !== two) mixtures.push(`${one} ${two}`);
          } catch (error) {
            // The folder was removed between the two looks: a reader that holds it open is not disturbed.
            if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      for (let n = 1; n < 60; n++) await writeAtomically(folder, state(n), 6);
      reading = false;
      await reader;
      expect(mixtures).toEqual([]);
    });
  });

  describe("opened below a folder", () => {
    const nothing = { what: "nothing", mode: 0, uid: 0, gid: 0 } as const;
    test("what is missing is made with its owner", async () => {
      const handle = await openBelow(folder, ["a", "b"], { what: "folder", mode: 0o750, uid: 7, gid: 8 });
      await handle.close();
      const { uid, gid } = statSync(join(folder, "a/b"));
      expect([uid, gid]).toEqual([7, 8]);
    });
    test("no link is followed", async () => {
      mkdirSync(join(folder, "real"));
      symlinkSync("real", join(folder, "link"));
      await expect(openBelow(folder, ["link"], nothing)).rejects.toMatchObject({ code: "BadPath" });
      await expect(openBelow(folder, ["link", "x"], nothing)).rejects.toMatchObject({ code: "BadPath" });
    });
    test.each(["/etc", "../etc", "a/../../etc"])("%s is refused", async (path) => {
      await expect(resolveBelow(folder, path)).rejects.toMatchObject({ code: "BadPath" });
    });
    test("a link that stays inside is resolved, one that leads out is not", async () => {
      mkdirSync(join(folder, "real/deep"), { recursive: true });
      symlinkSync("real", join(folder, "inside"));
      symlinkSync("/etc", join(folder, "outside"));
      expect(await resolveBelow(folder, "inside/deep/new")).toEqual(["real", "deep", "new"]);
      await expect(resolveBelow(folder, "outside")).rejects.toMatchObject({ code: "BadPath" });
    });
    test("swapping a folder for a link meanwhile never leads out", async () => {
      const root = join(folder, "volume");
      mkdirSync(join(root, "dir"), { recursive: true });
      symlinkSync("/etc", join(root, "evil"));
      let swapping = true;
      const swapper = (async () => {
        while (swapping) {
          renameSync(join(root, "dir"), join(root, "kept"));
          renameSync(join(root, "evil"), join(root, "dir"));
          await new Promise((resolve) => setImmediate(resolve));
          renameSync(join(root, "dir"), join(root, "evil"));
          renameSync(join(root, "kept"), join(root, "dir"));
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const reached = new Set<string>();
      for (let n = 0; n < 400; n++) {
        try {
          const parts = await resolveBelow(root, "dir");
          const handle = await openBelow(root, parts, nothing);
          reached.add(readlinkSync(`/proc/self/fd/${handle.fd}`));
          await handle.close();
        } catch (error) {
          expect(["BadPath", "ENOENT"]).toContain((error as { code: string }).code);
        }
      }
      swapping = false;
      await swapper;
      expect([...reached].every((path) => path.startsWith(root))).toBe(true);
    });
  });

  describe("paths of the host", () => {
    test.each([
      ["Directory", "file", "BadPath"],
      ["File", "", "BadPath"],
      ["Socket", "file", "BadPath"],
      ["", "none", "MissingObject"],
      ["Directory", "link", "BadPath"],
      ["Other", "file", "Unsupported"],
    ])("type %j at %j is %s", async (type, name, code) => {
      writeFileSync(join(folder, "file"), "");
      symlinkSync("/etc", join(folder, "link"));
      await expect(openHostPath(join(folder, name), type)).rejects.toMatchObject({ code });
    });
    test("are made only as their type says", async () => {
      await (await openHostPath(join(folder, "made/here"), "DirectoryOrCreate")).close();
      await (await openHostPath(join(folder, "made/file"), "FileOrCreate")).close();
      expect(statSync(join(folder, "made/here")).isDirectory()).toBe(true);
      expect(statSync(join(folder, "made/file")).isFile()).toBe(true);
    });
  });
});
