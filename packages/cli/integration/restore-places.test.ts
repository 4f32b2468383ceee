import { cpSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type InstancePaths, instancePaths } from "@bulkhead/host";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeBackUnfinished } from "../src/backup/at-start.ts";
import { layoutPath, pieces } from "../src/backup/contents.ts";
import { placeInstance, stagingFolder, takeBackInterrupted } from "../src/backup/place-instance.ts";

const user = process.getuid?.() ?? 0;
const config = { users: { apiserver: user, controllers: user, dns: user, registry: user } };
const now = Date.UTC(2026, 10, 22);
const choice = { podCidr: "10.0.0.0/16" };

let paths: InstancePaths;
beforeEach(async () => {
  paths = instancePaths(await mkdtemp(join(tmpdir(), "bulkhead-place-")));
  await mkdir(join(paths.root, "backups"), { mode: 0o700 });
});
afterEach(() => rm(paths.root, { recursive: true, force: true }));

async function write(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true, mode: 0o700 });
  await writeFile(join(root, path), text);
}
/** An instance's files; each says of which it is. */
async function fill(root: string, of: string, without: readonly string[] = []): Promise<void> {
  for (const { path } of pieces)
    if (!without.includes(path)) await write(root, path, path === layoutPath ? JSON.stringify({ choice, of }) : of);
}
/** Every file with what stands in it. */
async function tree(root: string): Promise<Record<string, string>> {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const read = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(root.length + 1), await readFile(path, "utf8")] as const;
  });
  return Object.fromEntries((await Promise.all(read)).toSorted(([a], [b]) => a.localeCompare(b)));
}
async function stage(without: readonly string[] = []): Promise<void> {
  const made = await stagingFolder(paths);
  await mkdir(made);
  await fill(made, "new", without);
}

test("in an empty place everything comes to lie, and ranges without another machine's settings", async () => {
  await stage();
  expect(await placeInstance(paths, config, now)).toBeUndefined();
  const there = await tree(paths.root);
  expect(Object.keys(there)).toEqual(pieces.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b)));
  expect(JSON.parse(there[layoutPath] ?? "")).toEqual({ choice, previousSysctls: {} });
});

test("in an instance's place: that one is kept whole, and what belongs to the machine stays", async () => {
  await fill(paths.root, "old");
  await write(paths.root, "apiserver/more", "old");
  await write(paths.root, "programs/node", "a program");
  await stage(["registries.json"]);
  const aside = await placeInstance(paths, config, now);
  expect(aside).toBe(join(paths.root, "backups", "replaced-2026-11-22T00-00-00-000Z"));
  const kept = await tree(aside ?? "");
  expect(new Set(Object.values(kept))).toEqual(new Set(["old"]));
  expect(kept).toHaveProperty(["apiserver/more"]);
  await rm(aside ?? "", { recursive: true });
  const there = await tree(paths.root);
  expect(there["instance.json"]).toBe("new");
  expect(there["programs/node"]).toBe("a program");
  expect(there).not.toHaveProperty(["registries.json"]);
  expect(there).not.toHaveProperty(["apiserver/more"]);
  expect(JSON.parse(there[layoutPath] ?? "")).toEqual({ choice, of: "old" });
});

test.each([
  ["an instance", () => fill(paths.root, "old", ["mirror-credentials.json"])],
  ["nothing", () => Promise.resolve()],
])("failed at any of its steps over %s, what was there is there again", async (_, before) => {
  await before();
  const was = await tree(paths.root);
  let failures = 0;
  for (let at = 0; ; at++) {
    await stage(["patch-repositories.json"]);
    let left = at;
    const failing = placeInstance(paths, config, now, (name) => {
      if (left-- === 0) throw new Error(`no room for ${name}`);
    });
    const failed = await failing.then(
      () => false,
      (error: Error) => error.message.startsWith("no room"),
    );
    if (!failed) break;
    failures++;
    expect(await tree(paths.root)).toEqual(was);
  }
  expect(failures).toBeGreaterThan(5);
});

test("ended before any of its steps, as by a power cut, it is taken back before the next start", async () => {
  await fill(paths.root, "old", ["mirror-credentials.json"]);
  const was = await tree(paths.root);
  await stage(["patch-repositories.json"]);
  const halves = await mkdtemp(join(tmpdir(), "bulkhead-half-"));
  try {
    let moves = 0;
    await placeInstance(paths, config, now, () =>
      cpSync(paths.root, join(halves, String(moves++)), { recursive: true }),
    );
    expect(moves).toBeGreaterThan(5);
    for (let at = 0; at < moves; at++) {
      const half = instancePaths(join(halves, String(at)));
      const notes: string[] = [];
      const note = (text: string): void => void notes.push(text);
      await takeBackUnfinished(half, { step: note, detail: note, note });
      expect(notes).toHaveLength(1);
      expect(await tree(half.root)).toEqual(was);
      expect(await takeBackInterrupted(half)).toBe(false);
    }
  } finally {
    await rm(halves, { recursive: true, force: true });
  }
});
