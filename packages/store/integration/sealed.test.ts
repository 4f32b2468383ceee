import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type LocalProvider, openLocalProvider } from "@bulkhead/keyring";
import { describe, expect, it } from "vitest";
import type { Store, StoredObject, StoreEvent, StoreOptions } from "../src/index.ts";
import { code, freshFolder, key, open, put, read, remove, settled } from "./store-fixture.ts";

const secret = (name: string) => key(name, "default", "secrets");
const secrets = { group: "", resource: "secrets", namespace: undefined };
const sealed: NonNullable<StoreOptions["sealed"]> = (group, resource) => group === "" && resource === "secrets";
const needle = "correct horse battery staple";

const provider = (folder: string): Promise<LocalProvider> => openLocalProvider({ folder: `${folder}-keys` });

async function openSealed(folder = freshFolder()): Promise<{ store: Store; folder: string; keys: LocalProvider }> {
  const keys = await provider(folder);
  return { store: await open({ folder, sealed, keyProvider: keys }), folder, keys };
}

const opened = (store: Store, object: StoredObject | undefined): unknown =>
  object === undefined ? undefined : read(store.open(object)).value;

const contains = (bytes: Uint8Array, text: string): boolean => Buffer.from(bytes).includes(text);

/** Every file of the store as it lies on disk. */
const onDisk = (folder: string): Buffer =>
  Buffer.concat(
    ["store.db", "store.db-wal"].map((name) => {
      try {
        return readFileSync(join(folder, name));
      } catch {
        return Buffer.alloc(0);
      }
    }),
  );

describe("sealed resources", () => {
  it("are sealed in memory, in events and on disk, and opened on demand", async () => {
    const { store, folder } = await openSealed();
    const events: StoreEvent[] = [];
    store.watch({ ...secrets, from: undefined }, { onEvents: (e) => void events.push(...e), onEnd() {} });
    const { objects } = await store.commit({ writes: [put(secret("a"), 0, needle), put(key("a"), 0, "open")] });
    const { bytes } = await lastBytes(store, events);
    expect(contains(bytes, "removed")).toBe(false);
    expect(read(store.open({ key: secret("a"), bytes })).value).toBe("removed");
    expect(contains(objects[0]?.bytes ?? new Uint8Array(), needle)).toBe(false);
    expect(opened(store, objects[0])).toBe(needle);
    expect(opened(store, events[0]?.current)).toBe(needle);
    expect(opened(store, store.get(key("a")))).toBe("open");
    await store.close();
    expect(onDisk(folder).includes(needle)).toBe(false);
  });

  async function lastBytes(store: Store, events: StoreEvent[]): Promise<{ bytes: Uint8Array }> {
    await store.commit({ writes: [remove(secret("a"))] });
    await settled();
    return { bytes: events.at(-1)?.last ?? new Uint8Array() };
  }

  it("open after a restart, with the master key that belongs to them and with no other", async () => {
    const { store, folder, keys } = await openSealed();
    await store.commit({ writes: [put(secret("a"), 0, needle)] });
    await store.close();
    const stranger = await openLocalProvider({ folder: `${freshFolder()}-keys` });
    await expect(open({ folder, sealed, keyProvider: stranger })).rejects.toEqual(code("provider"));
    await expect(open({ folder })).rejects.toEqual(code("unsealable"));
    const again = await open({ folder, sealed, keyProvider: keys });
    expect(opened(again, again.get(secret("a")))).toBe(needle);
  });

  it("do not open when their bytes were moved to another key, or stand there unsealed", async () => {
    const { store } = await openSealed();
    await store.commit({ writes: [put(secret("a"), 0, needle)] });
    const bytes = store.get(secret("a"))?.bytes ?? new Uint8Array();
    expect(() => store.open({ key: secret("b"), bytes })).toThrow(code("unsealable") as Error);
    expect(() => store.open({ key: secret("a"), bytes: Buffer.from("{}") })).toThrow(code("unsealable") as Error);
  });

  it("need a provider", async () => {
    await expect(open({ sealed })).rejects.toEqual(code("unsealable"));
  });
});

describe("rotation", () => {
  /** Seed ids that any log row on disk is sealed under, and those kept. */
  function seeds(folder: string): { inUse: string[]; kept: string[] } {
    const db = new DatabaseSync(join(folder, "store.db"), { readOnly: true });
    const rows = db
      .prepare("SELECT DISTINCT hex(substr(bytes, 6, 8)) AS id FROM log WHERE path LIKE '/secrets/%'")
      .all();
    const kept = db.prepare("SELECT id FROM seed").all();
    db.close();
    return { inUse: rows.map((row) => String(row["id"]).toLowerCase()), kept: kept.map((row) => String(row["id"])) };
  }

  it("of the seed rewrites current states, history and tombstones, and keeps their revisions", async () => {
    const { store, folder, keys } = await openSealed();
    for (let i = 0; i < 250; i++) await store.commit({ writes: [put(secret(`s${i % 50}`), undefined, i)] });
    const start = store.head;
    await store.commit({ writes: [put(secret("s0"), undefined, "newer"), remove(secret("s1"))] });
    const before = store.get(secret("s7"))?.revision;
    const under = seeds(folder);
    const { rewritten } = await store.rotateSeals();
    expect(rewritten).toBe(252);
    expect(seeds(folder).kept).toHaveLength(1);
    expect(seeds(folder).inUse).toEqual(seeds(folder).kept);
    expect(seeds(folder).kept).not.toEqual(under.kept);
    expect(store.stats().staleSeals).toBe(0);
    expect(store.get(secret("s7"))?.revision).toBe(before);
    await store.close();
    const again = await open({ folder, sealed, keyProvider: keys });
    const old = [...again.list({ ...secrets, revision: start }).items];
    expect(old).toHaveLength(50);
    for (const object of old) expect(typeof opened(again, object)).toBe("number");
    expect(opened(again, again.get(secret("s0")))).toBe("newer");
  });

  it("goes on beside writes, all of which end under the new seed", async () => {
    const { store, folder } = await openSealed();
    for (let i = 0; i < 300; i++) await store.commit({ writes: [put(secret(`s${i}`), 0, i)] });
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i++) await store.commit({ writes: [put(secret(`s${i % 300}`), undefined, i)] });
    })();
    await store.rotateSeals();
    writing = false;
    await writer;
    expect(seeds(folder).inUse).toEqual(seeds(folder).kept);
    for (const object of store.list(secrets).items) expect(typeof opened(store, object)).toBe("number");
  });

  it("that was interrupted goes on at the next start", async () => {
    const { store, folder, keys } = await openSealed();
    for (let i = 0; i < 250; i++) await store.commit({ writes: [put(secret(`s${i}`), 0, i)] });
    const rotating = store.rotateSeals().catch(() => undefined);
    await expect.poll(() => seeds(folder).kept.length, { interval: 1, timeout: 60_000 }).toBe(2);
    await store.close();
    await rotating;
    const again = await open({ folder, sealed, keyProvider: keys });
    for (const object of again.list(secrets).items) expect(typeof opened(again, object)).toBe("number");
    await expect.poll(() => seeds(folder).kept.length, { timeout: 60_000 }).toBe(1);
    expect(seeds(folder).inUse).toEqual(seeds(folder).kept);
    expect(again.stats().staleSeals).toBe(0);
  });

  it("of the master key wraps the seeds anew: by command, or at the next start", async () => {
    const { store, folder, keys } = await openSealed();
    await store.commit({ writes: [put(secret("a"), 0, needle)] });
    await keys.rotate();
    await store.rewrapSeeds();
    await keys.retire();
    await store.close();
    const rotated = await provider(folder);
    await rotated.rotate();
    const again = await open({ folder, sealed, keyProvider: rotated });
    await rotated.retire();
    await again.close();
    const last = await open({ folder, sealed, keyProvider: await provider(folder) });
    expect(opened(last, last.get(secret("a")))).toBe(needle);
  });
});
