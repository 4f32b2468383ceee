import { describe, expect, it } from "vitest";
import type { StoreEvent } from "../src/index.ts";
import { code, freshFolder, key, names, open, put, read, remove, settled, valueOf } from "./store-fixture.ts";

const configmaps = { group: "", resource: "configmaps", namespace: undefined };

describe("commit", () => {
  it("gives growing revisions, which stand in the bytes", async () => {
    const store = await open();
    const before = store.head;
    const first = await store.commit({ writes: [put(key("a"), 0, 1)] });
    const second = await store.commit({ writes: [put(key("a"), first.revision, 2)] });
    expect(first.revision).toBeGreaterThan(before);
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(read(store.get(key("a"))?.bytes)).toEqual({ revision: second.revision, value: 2 });
    expect(store.head).toBe(second.revision);
  });

  it("shows nothing before it is durable", async () => {
    const store = await open();
    const pending = store.commit({ writes: [put(key("a"), 0)] });
    expect(store.get(key("a"))).toBeUndefined();
    expect([...store.list(configmaps).items]).toEqual([]);
    await pending;
    expect(store.get(key("a"))).toBeDefined();
  });

  it("refuses by what is there: exists, absent, conflict", async () => {
    const store = await open();
    const { revision } = await store.commit({ writes: [put(key("a"), 0)] });
    await expect(store.commit({ writes: [put(key("a"), 0)] })).rejects.toEqual(code("exists"));
    await expect(store.commit({ writes: [put(key("a"), revision + 5)] })).rejects.toEqual(code("conflict"));
    await expect(store.commit({ writes: [put(key("b"), 7)] })).rejects.toEqual(code("absent"));
    await expect(store.commit({ writes: [remove(key("b"))] })).rejects.toEqual(code("absent"));
    await expect(store.commit({ writes: [remove(key("a"), revision + 5)] })).rejects.toEqual(code("conflict"));
  });

  it("decides against what is pending, and lets the loser retry against what it then reads", async () => {
    const store = await open();
    const { revision } = await store.commit({ writes: [put(key("a"), 0, 0)] });
    const winner = store.commit({ writes: [put(key("a"), revision, "first")] });
    const loser = store.commit({ writes: [put(key("a"), revision, "second")] });
    await expect(loser).rejects.toEqual(code("conflict"));
    expect(valueOf(store.get(key("a")))).toBe("first");
    await expect(winner).resolves.toBeDefined();
  });

  it("lets one of many racing writers win each revision", async () => {
    const store = await open();
    await store.commit({ writes: [put(key("n"), 0, 0)] });
    const add = async (): Promise<void> => {
      for (;;) {
        const at = store.get(key("n"));
        try {
          await store.commit({ writes: [put(key("n"), at?.revision, Number(valueOf(at)) + 1)] });
          return;
        } catch (error) {
          expect(error).toEqual(code("conflict"));
        }
      }
    };
    await Promise.all(Array.from({ length: 30 }, add));
    expect(valueOf(store.get(key("n")))).toBe(30);
  });

  it("writes many objects as one, or none of them", async () => {
    const store = await open();
    await store.commit({ writes: [put(key("there"), 0)] });
    await expect(store.commit({ writes: [put(key("new"), 0), put(key("there"), 0)] })).rejects.toEqual(code("exists"));
    expect(store.get(key("new"))).toBeUndefined();
    const seen: (readonly StoreEvent[])[] = [];
    store.watch({ ...configmaps, from: undefined }, { onEvents: (events) => void seen.push(events), onEnd() {} });
    await settled();
    const { objects, revision } = await store.commit({
      writes: [put(key("x"), 0), put(key("y"), 0), remove(key("there"))],
    });
    expect(objects.map((object) => object?.key.name)).toEqual(["x", "y", undefined]);
    expect(revision).toBe(store.head);
    expect(seen.map((events) => events.map((e) => e.key.name))).toEqual([["x", "y", "there"]]);
    expect(new Set(seen.flat().map((e) => e.revision)).size).toBe(3);
  });

  it("refuses keys that are no storage path, and objects beyond the limit", async () => {
    const store = await open({ maxObjectBytes: 100 });
    for (const bad of [key("a/b"), key(".."), key(""), key("a\n"), key("a", "x/y"), key("a", "x", ""), key("\ud800")])
      await expect(store.commit({ writes: [put(bad, 0)] })).rejects.toEqual(code("invalid-key"));
    await expect(store.commit({ writes: [put(key("a"), 0), put(key("a"), 0)] })).rejects.toEqual(code("invalid-key"));
    await expect(store.commit({ writes: [put(key("a"), 0, "x".repeat(100))] })).rejects.toEqual(code("too-large"));
    await store.commit({ writes: [put(key("system:auth-delegator"), 0), put(key("Größe:🎉"), 0)] });
    expect(store.stats().objects).toBe(2);
  });
});

describe("list", () => {
  it("orders by namespace and name in byte order, and pages", async () => {
    const store = await open();
    const all = ["b/z", "a/b", "a/a", "a-b/a", "a/a-b", "a/\u{1f389}", "a/\uffee", "a/B"];
    await store.commit({ writes: all.map((at) => put(key(at.split("/")[1] ?? "", at.split("/")[0] ?? ""), 0)) });
    const expected = ["a/B", "a/a", "a/a-b", "a/b", "a/\uffee", "a/\u{1f389}", "a-b/a", "b/z"];
    expect(names(store.list(configmaps).items)).toEqual(expected);
    expect(names(store.list({ ...configmaps, namespace: "a" }).items)).toEqual(expected.slice(0, 6));
    expect(names(store.list({ ...configmaps, after: { namespace: "a", name: "b" } }).items)).toEqual(expected.slice(4));
    expect(names(store.list({ ...configmaps, namespace: "b", after: { namespace: "a", name: "b" } }).items)).toEqual([
      "b/z",
    ]);
  });

  it("is of one moment however slowly it is read", async () => {
    const store = await open();
    const many = Array.from({ length: 1000 }, (_, i) => put(key(`n${String(i).padStart(4, "0")}`), 0, i));
    await store.commit({ writes: many });
    const view = store.list(configmaps);
    const items = view.items[Symbol.iterator]();
    items.next();
    await store.commit({ writes: [remove(key("n0500")), put(key("n0600"), undefined, "new"), put(key("n0700x"), 0)] });
    let count = 1;
    for (let next = items.next(); next.done !== true; next = items.next()) {
      expect(next.value.revision).toBeLessThanOrEqual(view.revision);
      count++;
    }
    expect(count).toBe(1000);
  });

  it("shows an older revision as it was, page by page", async () => {
    const store = await open();
    const { revision } = await store.commit({ writes: ["a", "b", "c", "d"].map((n) => put(key(n), 0, n)) });
    await store.commit({ writes: [remove(key("b")), put(key("c"), undefined, "C"), put(key("bb"), 0)] });
    await store.commit({ writes: [put(key("b"), 0, "again")] });
    const old = store.list({ ...configmaps, revision });
    expect([...old.items].map(valueOf)).toEqual(["a", "b", "c", "d"]);
    expect(old.revision).toBe(revision);
    const page = store.list({ ...configmaps, revision, after: { namespace: "default", name: "b" } });
    expect([...page.items].map(valueOf)).toEqual(["c", "d"]);
    expect(names(store.list(configmaps).items)).toHaveLength(5);
  });

  it("refuses revisions beyond head and before compaction", async () => {
    const store = await open();
    const { revision } = await store.commit({ writes: [put(key("a"), 0)] });
    await store.commit({ writes: [put(key("a"), undefined)] });
    expect(() => store.list({ ...configmaps, revision: store.head + 1 })).toThrow(code("future") as Error);
    await store.compact(store.head);
    expect(() => store.list({ ...configmaps, revision })).toThrow(code("compacted") as Error);
  });
});

describe("restart", () => {
  it("keeps objects, labels, revisions and history", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    const { revision } = await store.commit({ writes: [put(key("a"), 0, 1, { app: "web" }), put(key("b"), 0, 1)] });
    await store.commit({ writes: [put(key("a"), undefined, 2, { app: "api" }), remove(key("b"))] });
    const { head, instanceId } = store;
    await store.close();
    const again = await open({ folder });
    expect(again.head).toBe(head);
    expect(again.instanceId).toBe(instanceId);
    expect(again.get(key("a"))).toMatchObject({ labels: { app: "api" }, key: key("a") });
    expect([...again.list({ ...configmaps, revision }).items].map(valueOf)).toEqual([1, 1]);
    const seen: StoreEvent[] = [];
    again.watch({ ...configmaps, from: revision }, { onEvents: (events) => void seen.push(...events), onEnd() {} });
    await settled();
    expect(
      seen.map((e) => [e.key.name, valueOf(e.previous), valueOf(e.current), e.last && read(e.last).value]),
    ).toEqual([
      ["a", 1, 2, undefined],
      ["b", 1, undefined, "removed"],
    ]);
  });

  it("never gives a revision again, not even after the newest row was compacted away", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    await store.commit({ writes: [put(key("a"), 0)] });
    const { revision } = await store.commit({ writes: [remove(key("a"))] });
    await store.compact(revision);
    await store.close();
    const again = await open({ folder });
    expect(again.head).toBe(revision);
    expect((await again.commit({ writes: [put(key("a"), 0)] })).revision).toBeGreaterThan(revision);
  });

  it("lets only one open it", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    await expect(open({ folder })).rejects.toEqual(code("locked"));
    await store.close();
    await open({ folder });
  });

  it("refuses everything once closed, and flushes what was under way", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    const last = store.commit({ writes: [put(key("a"), 0, "last")] });
    const ended: string[] = [];
    store.watch({ ...configmaps, from: undefined }, { onEvents() {}, onEnd: (why) => ended.push(why) });
    await store.close();
    await expect(last).resolves.toBeDefined();
    expect(ended).toEqual(["closed"]);
    await expect(store.commit({ writes: [] })).rejects.toEqual(code("closed"));
    expect(() => store.watch({ ...configmaps, from: undefined }, { onEvents() {}, onEnd() {} })).toThrow(
      code("closed") as Error,
    );
    expect(valueOf((await open({ folder })).get(key("a")))).toBe("last");
  });
});
