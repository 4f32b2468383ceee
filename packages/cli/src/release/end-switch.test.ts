import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  type InstanceConfig,
  type InstancePaths,
  installedPrograms,
  instancePaths,
  makeReleaseFolders,
  type Progress,
  readOutcomes,
  readReleaseState,
  releaseFolders,
  silentProgress,
} from "@bulkhead/host";
import { openStore } from "@bulkhead/store";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { abandonedName, databaseFile } from "../instance/database.ts";
import { endInterruptedSwitch } from "./end-switch.ts";
import { carryOut, recorder, switchRelease } from "./switch-release.ts";

const workerUrl = new URL("../../../store/src/writer-thread.ts", import.meta.url);
const user = process.getuid?.() ?? 0;
/** Of an instance that runs nothing. */
const config = {
  id: "switched00",
  onlyApiserver: true,
  users: { apiserver: user, controllers: user, dns: user, registry: user },
} as InstanceConfig;
const schema = { writes: 1, reads: [1] };
const word = { by: "Root" } as const;

/** What lay on the disk at each thing that both switches said: all that a killed process, or a machine, leaves. */
let shelf = "";
let root = "";
let paths: InstancePaths;

const at = (folder: string): void => {
  root = folder;
  paths = instancePaths(root);
};
const copied = (from: string, to: string): unknown => execFileSync("cp", ["-a", from, to]);
const keeping = (way: string): Progress => {
  let count = 0;
  const keep = (text: string): void => {
    copied(root, join(shelf, `${way} ${(count += 1)} ${text.replaceAll("/", "")}`));
  };
  return { step: keep, detail: keep, note: keep };
};

beforeAll(async () => {
  shelf = mkdtempSync(join(tmpdir(), "bulkhead-end-"));
  at(join(shelf, "making"));
  mkdirSync(paths.apiserver, { recursive: true, mode: 0o700 });
  await makeReleaseFolders(paths);
  put(paths.programs, "0.1.0");
  put(join(releaseFolders(paths).releases, "0.2.0"), "0.2.0");
  await write("first");
  const [old, fresh] = ["0.1.0", "0.2.0"];
  const from = { version: old, folder: `clone-${old}`, schema };
  const to = { version: fresh, folder: fresh, schema, manifest: "none" };
  const forth = recorder({ paths, config, from: old, to: fresh });
  const { copy } = await switchRelease(paths, config, { from, to }, word, forth, keeping("forth"));
  await write("second");
  const { format: _, ...undone } = await readReleaseState(paths);
  const move = { from: to, to: from, copy, restore: abandonedName(Date.now()) };
  const pending = { at: new Date().toISOString(), move, done: { current: from }, undone, word };
  const back = recorder({ paths, config, from: fresh, to: old });
  await carryOut(paths, config, pending, back, keeping("back"));
}, 60_000);
afterAll(() => rmSync(shelf, { recursive: true }));
beforeEach(() => at(join(shelf, "ended")));
afterEach(() => rmSync(root, { recursive: true }));

function put(folder: string, version: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "shipped.json"), JSON.stringify({ version, schema }));
}
async function write(name: string): Promise<void> {
  const store = await openStore({ folder: join(paths.apiserver, "store"), workerUrl });
  const key = { group: "", resource: "configmaps", namespace: "n", name };
  const bytes = (revision: number) => Buffer.from(`{"metadata":{"resourceVersion":"${revision}"}}`);
  await store.commit({ writes: [{ op: "put", key, expect: undefined, bytes, labels: {}, fields: {} }] });
  await store.close();
}
/** Which of both objects the database has. */
function written(): string[] {
  const db = new DatabaseSync(databaseFile(paths), { readOnly: true });
  const all = db.prepare("SELECT path FROM current ORDER BY path").all();
  db.close();
  return all.map(({ path }) => String(path).slice(String(path).lastIndexOf("/") + 1));
}
/** The instance as it lay when a switch said what begins so. */
function killed(way: "forth" | "back", says: string): void {
  const [left, ...others] = readdirSync(shelf).filter((name) =>
    name.replace(/ \d+ /, " ").startsWith(`${way} ${says}`),
  );
  if (left === undefined || others.length > 0) throw new Error(`not said once: ${says}`);
  copied(join(shelf, left), root);
}
const ends = () => endInterruptedSwitch(paths, config, silentProgress, { start: false });
async function whole(version: string): Promise<void> {
  expect(await installedPrograms(paths)).toMatchObject({ version });
  expect(await readReleaseState(paths)).not.toHaveProperty("pending");
  expect(existsSync(releaseFolders(paths).next)).toBe(false);
  expect(await ends()).toBeUndefined();
}

describe("the way forth, killed", () => {
  test("before anything is written down, there is nothing to end", async () => {
    killed("forth", "database: copied");
    expect(await ends()).toBeUndefined();
    await whole("0.1.0");
  });

  test("before the exchange, it is taken back; the release is no worse for that", async () => {
    killed("forth", "programs: 0.1.0 → 0.2.0");
    expect((await readReleaseState(paths)).pending).toBeDefined();
    expect(await ends()).toMatchObject({ from: "0.1.0", to: "0.2.0", ended: "taken-back" });
    await whole("0.1.0");
    expect(written()).toEqual(["first"]);
    expect((await readOutcomes(paths)).failed).toEqual([]);
  });

  test("after the exchange, it is finished, with its way back", async () => {
    killed("forth", "0.2.0 lies in its place");
    expect(await ends()).toMatchObject({ ended: "finished" });
    await whole("0.2.0");
    expect((await readReleaseState(paths)).previous).toMatchObject({ version: "0.1.0", folder: "clone-0.1.0" });
    expect((await readOutcomes(paths)).acted).toMatchObject([{ part: "bulkhead", to: "0.2.0", outcome: "Applied" }]);
  });

  test("inside the exchange, the clone's folder gets the name under which it is gone back to", async () => {
    killed("forth", "0.2.0 lies in its place");
    const { releases, next } = releaseFolders(paths);
    renameSync(join(releases, "clone-0.1.0"), next);
    expect(await ends()).toMatchObject({ ended: "finished" });
    await whole("0.2.0");
    expect(readdirSync(releases)).toContain("clone-0.1.0");
  });
});

describe("the way back with the database's copy, killed", () => {
  test("before the database is touched, nothing is lost", async () => {
    killed("back", "database: the copy");
    expect(await ends()).toMatchObject({ from: "0.2.0", to: "0.1.0", ended: "taken-back" });
    await whole("0.2.0");
    expect(written()).toEqual(["first", "second"]);
    expect((await readReleaseState(paths)).previous).toMatchObject({ version: "0.1.0" });
  });

  test("with the copy in its place and the programs not, the database returns", async () => {
    killed("back", "programs: 0.2.0 → 0.1.0");
    expect(await ends()).toMatchObject({ ended: "taken-back" });
    await whole("0.2.0");
    expect(written()).toEqual(["first", "second"]);
  });

  test("between leaving the database and putting the copy there, the database returns", async () => {
    killed("back", "database: the copy");
    const { restore } = (await readReleaseState(paths)).pending?.move ?? {};
    renameSync(join(paths.apiserver, "store"), join(releaseFolders(paths).copies, restore ?? ""));
    expect(await ends()).toMatchObject({ ended: "taken-back" });
    await whole("0.2.0");
    expect(written()).toEqual(["first", "second"]);
  });

  test("after the exchange, it is finished, and what was left is kept", async () => {
    killed("back", "0.1.0 lies in its place");
    expect(await ends()).toMatchObject({ ended: "finished" });
    await whole("0.1.0");
    expect(written()).toEqual(["first"]);
    expect(readdirSync(releaseFolders(paths).copies)).toEqual([expect.stringMatching(/^abandoned-/)]);
    expect((await readOutcomes(paths)).failed).toMatchObject([{ part: "bulkhead", version: "0.2.0" }]);
  });
});

test("a database that is there and does not answer is not exchanged for a copy", async () => {
  killed("forth", "programs: 0.1.0 → 0.2.0");
  const file = databaseFile(paths);
  for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
  writeFileSync(file, "no database");
  await expect(ends()).rejects.toThrow("is there and cannot be read");
  expect(existsSync(file)).toBe(true);
  expect((await readReleaseState(paths)).pending).toBeDefined();
});
