import { execFileSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openStore, type Store, StoreError } from "../src/index.ts";
import { after, code, freshFolder, key, open, put, remove, valueOf } from "./store-fixture.ts";

const configmaps = { group: "", resource: "configmaps", namespace: undefined };

/** Name to value of every object. */
const contents = (store: Store): Record<string, unknown> =>
  Object.fromEntries([...store.list(configmaps).items].map((object) => [object.key.name, valueOf(object)]));

/** A copy of a running store's files, as a crash at this moment would leave them. */
function crashCopy(folder: string): string {
  const copy = freshFolder();
  mkdirSync(copy, { mode: 0o700 });
  for (const name of ["store.db", "store.db-wal"]) copyFileSync(join(folder, name), join(copy, name));
  return copy;
}

function flipBit(file: string, offset: number, bit: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] as number) ^ (1 << bit);
  writeFileSync(file, bytes);
}

/** Numbers that look random and are the same each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

async function filled(): Promise<{ folder: string; store: Store }> {
  const folder = freshFolder();
  const store = await open({ folder });
  for (let i = 0; i < 40; i++) await store.commit({ writes: [put(key(`n${i}`), 0, `value ${i} ${"x".repeat(300)}`)] });
  for (let i = 0; i < 40; i += 4) await store.commit({ writes: [remove(key(`n${i}`))] });
  return { folder, store };
}

describe("a damaged database", () => {
  it("with a flipped bit is refused as corrupt, or shows every object as it was", async () => {
    const { folder, store } = await filled();
    const expected = contents(store);
    await store.close();
    const file = join(folder, "store.db");
    const { size } = statSync(file);
    const random = numbers(7);
    let refused = 0;
    for (let round = 0; round < 30; round++) {
      const copy = freshFolder();
      mkdirSync(copy, { mode: 0o700 });
      copyFileSync(file, join(copy, "store.db"));
      flipBit(join(copy, "store.db"), random.next().value % size, random.next().value % 8);
      try {
        const again = await openStore({ folder: copy });
        expect(contents(again)).toEqual(expected);
        await again.close();
      } catch (error) {
        expect(error).toBeInstanceOf(StoreError);
        expect(error).toEqual(code("corrupt"));
        refused++;
      }
      rmSync(copy, { recursive: true });
    }
    expect(refused).toBeGreaterThan(2);
  });

  it("with a flipped bit in the log's middle is refused, for SQLite would drop what follows", async () => {
    const { folder, store } = await filled();
    const expected = contents(store);
    const { size } = statSync(join(folder, "store.db-wal"));
    const random = numbers(11);
    let refused = 0;
    for (let round = 0; round < 20; round++) {
      const copy = crashCopy(folder);
      // Not the last transaction: damage there cannot be told from a torn write.
      flipBit(join(copy, "store.db-wal"), random.next().value % Math.floor(size * 0.9), random.next().value % 8);
      const opened = await openStore({ folder: copy }).catch((error: unknown) => error);
      if (opened instanceof StoreError) {
        expect(opened.code).toBe("corrupt");
        refused++;
      } else {
        expect(contents(opened as Store)).toEqual(expected);
        await (opened as Store).close();
      }
    }
    expect(refused).toBeGreaterThan(15);
  });

  it("with a last transaction torn by a power cut opens without it", async () => {
    const { folder, store } = await filled();
    const before = contents(store);
    const log = join(folder, "store.db-wal");
    const { commits } = store.stats();
    const whole = crashCopy(folder);
    await store.commit({ writes: [put(key("last"), 0, "x".repeat(20_000))] });
    const torn = crashCopy(folder);
    expect(store.stats().commits).toBe(commits + 1);
    const [start, end] = [statSync(join(whole, "store.db-wal")).size, statSync(log).size];
    truncateSync(join(torn, "store.db-wal"), Math.floor((start + end) / 2));
    const holed = crashCopy(folder);
    const handle = openSync(join(holed, "store.db-wal"), "r+");
    writeSync(handle, Buffer.alloc(4096), 0, 4096, start + 4096);
    closeSync(handle);
    for (const copy of [torn, holed]) expect(contents(await open({ folder: copy }))).toEqual(before);
    expect(contents(await open({ folder: whole }))).toEqual(before);
  });

  it("is refused when the file is gone and its log is left", async () => {
    const { folder } = await filled();
    const copy = crashCopy(folder);
    rmSync(join(copy, "store.db"));
    await expect(open({ folder: copy })).rejects.toEqual(code("corrupt"));
    expect(statSync(join(copy, "store.db-wal")).size).toBeGreaterThan(0);
  });

  it("is refused when it is no database, another program's, or a newer version's", async () => {
    const garbage = freshFolder();
    mkdirSync(garbage, { mode: 0o700 });
    writeFileSync(join(garbage, "store.db"), "x".repeat(10_000));
    await expect(open({ folder: garbage })).rejects.toEqual(code("corrupt"));

    const foreign = freshFolder();
    mkdirSync(foreign, { mode: 0o700 });
    const db = new DatabaseSync(join(foreign, "store.db"));
    db.exec("CREATE TABLE theirs (a)");
    db.close();
    await expect(open({ folder: foreign })).rejects.toEqual(code("corrupt"));

    const newer = freshFolder();
    await (await open({ folder: newer })).close();
    const future = new DatabaseSync(join(newer, "store.db"));
    future.exec("UPDATE meta SET value = 99 WHERE name = 'format'");
    future.close();
    await expect(open({ folder: newer })).rejects.toEqual(code("too-new"));
  });
});

describe("the file", () => {
  it("is its owner's only, vacuums in steps, deletes securely", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    await store.commit({ writes: [put(key("a"), 0)] });
    for (const name of ["store.db", "store.db-wal", "store.lock"])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const db = new DatabaseSync(join(folder, "store.db"), { readOnly: true });
    expect(db.prepare("PRAGMA auto_vacuum").get()).toEqual({ auto_vacuum: 2 });
    expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.prepare("SELECT path, kind FROM current").all()).toEqual([{ path: "/configmaps/default/a", kind: 1 }]);
    db.close();
  });

  it("holds nothing any more of what was removed and compacted", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    await store.commit({ writes: [put(key("a"), 0, "needle-in-a-haystack")] });
    await store.commit({ writes: [remove(key("a"))] });
    await store.compact(store.head);
    await store.close();
    expect(readFileSync(join(folder, "store.db")).includes("needle-in-a-haystack")).toBe(false);
  });

  it("is refused in a folder that others may enter", async () => {
    const folder = freshFolder();
    mkdirSync(folder, { mode: 0o755 });
    await expect(open({ folder })).rejects.toThrow(/chmod 700/);
  });
});

describe("backup", () => {
  it("is consistent, taken under load, and continues with revisions that were never given out", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    await store.commit({ writes: [put(key("left"), 0, 0), put(key("right"), 0, 0)] });
    let writing = true;
    const writer = (async () => {
      for (let i = 1; writing; i++)
        await store.commit({ writes: [put(key("left"), undefined, i), put(key("right"), undefined, i)] });
    })();
    const copy = freshFolder();
    mkdirSync(copy, { mode: 0o700 });
    await store.backup(join(copy, "store.db"));
    writing = false;
    await writer;
    expect(statSync(join(copy, "store.db")).mode & 0o777).toBe(0o600);
    await expect(store.backup(join(copy, "store.db"))).rejects.toEqual(code("exists"));
    const restored = await open({ folder: copy });
    expect(valueOf(restored.get(key("left")))).toBe(valueOf(restored.get(key("right"))));
    expect(restored.head).toBeGreaterThan(store.head);
    expect(restored.instanceId).toBe(store.instanceId);
    expect(() => restored.watch({ ...configmaps, from: store.head }, { onEvents() {}, onEnd() {} })).toThrow(
      code("compacted") as Error,
    );
    const { head } = restored;
    await restored.close();
    expect((await open({ folder: copy })).head).toBe(head);
  });
});

const root = process.getuid?.() === 0;

describe.skipIf(!root)(`a full disk${root ? "" : " (skipped: mounting a small tmpfs needs root)"}`, () => {
  it("fails writes, leaves reads and watches, and recovers when there is space again", async () => {
    const mount = mkdtempSync(join(tmpdir(), "store-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", mount]);
    after(() => {
      execFileSync("umount", [mount]);
      rmSync(mount, { recursive: true });
    });
    const folder = join(mount, "store");
    const ballast = join(mount, "ballast");
    writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024));
    const store = await open({ folder });
    let events = 0;
    store.watch({ ...configmaps, from: undefined }, { onEvents: (some) => void (events += some.length), onEnd() {} });
    const big = "x".repeat(20_000);
    const acknowledged: string[] = [];
    let failure: unknown;
    for (let i = 0; failure === undefined && i < 2000; i++) {
      const name = `n${i}`;
      await store.commit({ writes: [put(key(name), 0, big)], audit: Buffer.from(name) }).then(
        () => acknowledged.push(name),
        (error: unknown) => (failure = error),
      );
    }
    expect(failure).toEqual(code("full"));
    expect(Object.keys(contents(store)).toSorted()).toEqual(acknowledged.toSorted());
    expect(events).toBe(acknowledged.length);
    expect(store.stats().failedBatches).toBeGreaterThan(0);
    await expect(store.appendAudit(Buffer.alloc(200_000), { durable: true })).rejects.toEqual(code("full"));
    await store.appendAudit(Buffer.from("a read meanwhile"), { durable: false });

    rmSync(ballast);
    await expect
      .poll(() => store.commit({ writes: [put(key("after"), undefined, 1)] }).then(() => "written", String), {
        timeout: 60_000,
      })
      .toBe("written");
    await expect.poll(() => store.stats().auditPending, { timeout: 60_000 }).toBe(0);
    expect(valueOf(store.get(key("after")))).toBe(1);
    const records = [...store.readAudit(1)].map((row) => Buffer.from(row.record).toString());
    expect(records).toEqual([...acknowledged, "a read meanwhile"]);
    await store.close();
    expect(Object.keys(contents(await open({ folder }))).toSorted()).toEqual([...acknowledged, "after"].toSorted());
  });
});
