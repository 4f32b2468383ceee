import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openLocalProvider } from "@bulkhead/keyring";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { continueBeyond, inspectDatabase, openStore } from "../src/index.ts";
import { code, freshFolder, key, open, put } from "./store-fixture.ts";

const sealed = (group: string, resource: string): boolean => group === "" && resource === "secrets";
let made: string;
let keys: string;
let copy: string;
let revision: number;

const inspect = async (folder = keys) =>
  inspectDatabase({ file: join(copy, "store.db"), keyProvider: await openLocalProvider({ folder }), sealed });

const spoil = (sql: string): void => {
  const db = new DatabaseSync(join(copy, "store.db"));
  db.exec(sql);
  db.close();
};

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), "inspect-"));
  keys = join(made, "keys");
  const store = await openStore({
    folder: join(made, "store"),
    sealed,
    keyProvider: await openLocalProvider({ folder: keys }),
  });
  await store.commit({ writes: [put(key("plain"), 0, 0), put(key("hidden", "default", "secrets"), 0, 1)] });
  await store.appendAudit(Buffer.from('{"verb":"get"}'), { durable: true });
  revision = store.head;
  await store.backup(join(made, "copy.db"));
  await store.close();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeEach(() => {
  copy = freshFolder();
  mkdirSync(copy, { mode: 0o700 });
  copyFileSync(join(made, "copy.db"), join(copy, "store.db"));
});

describe("a copy is read from end to end", () => {
  it("says what it holds, and changes nothing", async () => {
    const seen = await inspect();
    expect(seen).toMatchObject({ format: 1, revision, objects: 2, opened: 1, auditRecords: 1 });
    expect(await inspect()).toEqual(seen);
  });

  it("refuses what is sealed under keys that are not here", async () => {
    await expect(inspect(freshFolder())).rejects.toThrow(/lacks master key/);
  });

  it.each([
    ["a changed row", "UPDATE log SET bytes = x'00' WHERE revision = (SELECT min(revision) FROM log)"],
    ["a trigger", "CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM audit; END"],
    ["a view in a table's place", "ALTER TABLE audit RENAME TO hidden; CREATE VIEW audit AS SELECT * FROM hidden"],
    ["a table made otherwise", "ALTER TABLE log ADD COLUMN extra ANY"],
    ["another program's mark", "PRAGMA application_id = 7"],
    ["no description", "DELETE FROM meta WHERE name = 'revision'"],
  ])("refuses %s", async (_, sql) => {
    spoil(sql);
    await expect(inspect()).rejects.toEqual(code("corrupt"));
  });

  it.each([
    ["too-new", 99],
    ["too-old", 0],
  ])("refuses a format that is %s", async (why, format) => {
    spoil(`UPDATE meta SET value = ${format} WHERE name = 'format'`);
    await expect(inspect()).rejects.toEqual(code(why));
  });
});

it("a copy that was restored before goes on beyond what that store gave out", async () => {
  continueBeyond(join(copy, "store.db"), 7e12);
  const restored = await open({ folder: copy, sealed, keyProvider: await openLocalProvider({ folder: keys }) });
  expect(restored.head).toBe(7e12 + 1);
  expect(restored.compacted).toBe(7e12 + 1);
});

it("a lower floor than the copy's own jump changes nothing", async () => {
  continueBeyond(join(copy, "store.db"), 5);
  const restored = await open({ folder: copy, sealed, keyProvider: await openLocalProvider({ folder: keys }) });
  expect(restored.head).toBe(revision + 1_000_000_000);
});
