import { describe, expect, it } from "vitest";
import type { Store, StoreEvent, WatchHandle, WatchListener } from "../src/index.ts";
import { code, freshFolder, key, open, put, remove, settled, valueOf } from "./store-fixture.ts";

const configmaps = { group: "", resource: "configmaps", namespace: undefined };

class Recorder implements WatchListener {
  readonly events: StoreEvent[] = [];
  readonly progress: number[] = [];
  ended: string | undefined;

  onEvents(events: readonly StoreEvent[]): void | Promise<void> {
    this.events.push(...events);
  }

  onEnd(why: "slow" | "closed" | "compacted"): void {
    this.ended = why;
  }

  onProgress(revision: number): void {
    this.progress.push(revision);
  }

  get names(): string[] {
    return this.events.map((event) => `${event.key.namespace}/${event.key.name}`);
  }
}

const watch = (
  store: Store,
  from: number | undefined,
  namespace?: string,
): { recorder: Recorder; handle: WatchHandle } => {
  const recorder = new Recorder();
  return { recorder, handle: store.watch({ ...configmaps, namespace, from }, recorder) };
};

describe("watch", () => {
  it("hands over what came after a revision, then what comes, once and in order", async () => {
    const store = await open();
    const { revision } = await store.commit({ writes: [put(key("a"), 0)] });
    await store.commit({ writes: [put(key("b"), 0)] });
    const { recorder } = watch(store, revision);
    const live = store.commit({ writes: [put(key("c"), 0)] });
    expect(recorder.events).toEqual([]);
    await live;
    await store.commit({ writes: [remove(key("b"))] });
    expect(recorder.names).toEqual(["default/b", "default/c", "default/b"]);
    const revisions = recorder.events.map((event) => event.revision);
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  });

  it("tells only of its resource and namespace", async () => {
    const store = await open();
    const { recorder } = watch(store, undefined, "team-a");
    await settled();
    const writes = [key("x", "team-a"), key("x", "team-b"), key("x", "team-a", "secrets"), key("y", "team-a")];
    await store.commit({ writes: writes.map((at) => put(at, 0)) });
    expect(recorder.names).toEqual(["team-a/x", "team-a/y"]);
  });

  it("holds the state before, the state after, and a removal's last bytes", async () => {
    const store = await open();
    const { recorder } = watch(store, undefined);
    await store.commit({ writes: [put(key("a"), 0, 1)] });
    await store.commit({ writes: [put(key("a"), undefined, 2)] });
    await store.commit({ writes: [remove(key("a"))] });
    expect(recorder.events.map((e) => [valueOf(e.previous), valueOf(e.current), e.last !== undefined])).toEqual([
      [undefined, 1, false],
      [1, 2, false],
      [2, undefined, true],
    ]);
  });

  it("waits for a listener that asks to, and then catches up without a gap", async () => {
    const store = await open();
    const recorder = new Recorder();
    let release: (() => void) | undefined;
    const handle = store.watch(
      { ...configmaps, from: undefined },
      {
        onEvents: (events) => {
          void recorder.onEvents(events);
          return new Promise<void>((resolve) => (release = resolve));
        },
        onEnd: (why) => recorder.onEnd(why),
      },
    );
    await settled();
    const first = await store.commit({ writes: [put(key("n0"), 0)] });
    for (let i = 1; i <= 5; i++) await store.commit({ writes: [put(key(`n${i}`), 0)] });
    expect(recorder.names).toEqual(["default/n0"]);
    expect(handle.revision).toBe(first.revision);
    release?.();
    await settled();
    expect(recorder.names).toEqual([0, 1, 2, 3, 4, 5].map((i) => `default/n${i}`));
    release?.();
    await settled();
    expect(handle.revision).toBe(store.head);
    expect(recorder.ended).toBeUndefined();
  });

  it("ends a watcher that falls behind its bound, and only that one", async () => {
    const store = await open({ watchLag: 10 });
    const { recorder: quick } = watch(store, undefined);
    const slow = new Recorder();
    slow.onEvents = () => new Promise<void>(() => {});
    store.watch({ ...configmaps, from: undefined }, slow);
    await settled();
    for (let i = 0; i < 15; i++) await store.commit({ writes: [put(key("a"), undefined, i)] });
    expect(slow.ended).toBe("slow");
    expect(quick.ended).toBeUndefined();
    expect(quick.events).toHaveLength(15);
    expect(store.stats()).toMatchObject({ watchers: 1, slowWatchers: 1 });
  });

  it("ends a listener that throws or rejects, and spares the others and the commit", async () => {
    const store = await open();
    const throwing = new Recorder();
    throwing.onEvents = () => {
      throw new Error("mine");
    };
    const rejecting = new Recorder();
    rejecting.onEvents = () => Promise.reject(new Error("mine"));
    store.watch({ ...configmaps, from: undefined }, throwing);
    store.watch({ ...configmaps, from: undefined }, rejecting);
    const { recorder } = watch(store, undefined);
    await store.commit({ writes: [put(key("a"), 0)] });
    await settled();
    expect([throwing.ended, rejecting.ended, recorder.ended]).toEqual(["closed", "closed", undefined]);
    expect(recorder.names).toEqual(["default/a"]);
  });

  it("hands over nothing once closed, from within a listener too", async () => {
    const store = await open();
    const { recorder, handle } = watch(store, undefined);
    const other = new Recorder();
    other.onEvents = () => handle.close();
    await settled();
    handle.close();
    store.watch({ ...configmaps, from: undefined }, other);
    await store.commit({ writes: [put(key("a"), 0)] });
    expect(recorder.events).toEqual([]);
    expect(store.stats().watchers).toBe(1);
  });

  it("refuses to resume from what is compacted or not yet there", async () => {
    const store = await open();
    const { revision } = await store.commit({ writes: [put(key("a"), 0)] });
    await store.commit({ writes: [put(key("a"), undefined)] });
    await store.compact(store.head);
    expect(() => watch(store, revision)).toThrow(code("compacted") as Error);
    expect(() => watch(store, store.head + 1)).toThrow(code("future") as Error);
    expect(watch(store, store.head).handle.revision).toBe(store.head);
  });

  it("tells where it is now and then, though nothing of its resource changes", async () => {
    const store = await open();
    const { recorder } = watch(store, undefined);
    await store.commit({ writes: [put(key("a", "default", "secrets"), 0)] });
    await expect.poll(() => recorder.progress, { timeout: 60_000 }).toEqual([store.head]);
  });

  it("resumes across a restart at any revision in the window", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    const revisions: number[] = [];
    for (let i = 0; i < 6; i++) {
      const write = i === 3 ? remove(key("a")) : put(key("a"), undefined, i);
      revisions.push((await store.commit({ writes: [write] })).revision);
    }
    await store.close();
    const again = await open({ folder });
    for (const [at, from] of revisions.entries()) {
      const { recorder } = watch(again, from);
      await settled();
      expect(recorder.events.map((event) => event.revision)).toEqual(revisions.slice(at + 1));
    }
  });
});

describe("history", () => {
  it("is kept by age on a clock of its own: the wall clock's jumps change nothing", async () => {
    let now = 0;
    const folder = freshFolder();
    const store = await open({ folder, clock: () => now, history: { milliseconds: 1000 } });
    const { revision } = await store.commit({ writes: [put(key("a"), 0, 1)] });
    await store.commit({ writes: [put(key("a"), undefined, 2)] });
    const realNow = Date.now;
    try {
      for (const jump of [-1e12, 1e12]) {
        Date.now = () => realNow() + jump;
        await store.compact();
        expect(store.compacted).toBeLessThan(revision);
        expect((await store.commit({ writes: [put(key("b"), undefined, jump)] })).revision).toBe(store.head);
      }
    } finally {
      Date.now = realNow;
    }
    await store.compact();
    const { head } = store;
    now = 5000;
    await store.compact();
    expect(store.compacted).toBe(head);
    await store.close();
    expect((await open({ folder })).compacted).toBe(head);
  });

  it("is bounded in revisions and in bytes", async () => {
    const few = await open({ history: { revisions: 20 } });
    const small = await open({ history: { bytes: 20_000 } });
    for (let i = 0; i < 60; i++) {
      await few.commit({ writes: [put(key("a"), undefined, i)] });
      await small.commit({ writes: [put(key("a"), undefined, "x".repeat(1000))] });
    }
    expect(few.stats().historyEvents).toBeLessThanOrEqual(20);
    expect(few.compacted).toBeGreaterThan(30);
    expect(small.stats().historyBytes).toBeLessThanOrEqual(20_000);
    expect(small.stats().historyEvents).toBeGreaterThan(5);
  });

  it("leaves only what is current on disk once compacted, and gives the space back", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    const big = "x".repeat(20_000);
    for (let i = 0; i < 300; i++)
      await store.commit({ writes: [put(key("a"), undefined, big), put(key(`n${i}`), 0, big)] });
    for (let i = 0; i < 300; i++) await store.commit({ writes: [remove(key(`n${i}`))] });
    const before = store.stats();
    await store.compact(store.head);
    await store.close();
    const again = await open({ folder });
    expect(again.stats()).toMatchObject({ objects: 1, historyEvents: 0, garbageRows: 0 });
    expect(again.stats().databaseBytes).toBeLessThan(before.databaseBytes / 2);
    expect(before.walBytes).toBeLessThan(33 * 1024 * 1024);
  });
});
