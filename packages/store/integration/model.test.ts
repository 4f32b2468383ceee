import { rmSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openStore, type Store, StoreError, type StoreEvent, type WatchHandle } from "../src/index.ts";
import { freshFolder, key, put, read, remove, settled } from "./store-fixture.ts";

/** What a store is, said as simply as can be: every state of every revision. */
class Model {
  /** By revision, the objects after it: name to the revision that wrote it. */
  readonly states: { revision: number; objects: ReadonlyMap<string, number> }[] = [];
  readonly events: { revision: number; name: string; removed: boolean }[] = [];
  compacted: number;

  constructor(head: number) {
    this.compacted = head;
    this.states.push({ revision: head, objects: new Map() });
  }

  get now(): ReadonlyMap<string, number> {
    return this.states.at(-1)?.objects ?? new Map<string, number>();
  }

  at(revision: number): ReadonlyMap<string, number> {
    return this.states.findLast((state) => state.revision <= revision)?.objects ?? new Map<string, number>();
  }

  write(revision: number, name: string, removed: boolean): void {
    const objects = new Map(this.now);
    if (removed) objects.delete(name);
    else objects.set(name, revision);
    this.states.push({ revision, objects });
    this.events.push({ revision, name, removed });
  }
}

interface Watching {
  readonly from: number;
  readonly seen: StoreEvent[];
  readonly handle: WatchHandle;
}

interface World {
  readonly folder: string;
  readonly model: Model;
  store: Store;
  watches: Watching[];
}

const configmaps = { group: "", resource: "configmaps", namespace: undefined };
const names = ["a", "b", "c", "d", "e"];

type Step =
  | { readonly do: "write"; readonly writes: readonly { name: string; removed: boolean; stale: boolean }[] }
  | { readonly do: "watch" | "list" | "compact"; readonly back: number }
  | { readonly do: "restart" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      writes: fc.uniqueArray(
        fc.record({
          name: fc.constantFrom(...names),
          removed: fc.boolean(),
          stale: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
        }),
        { minLength: 1, maxLength: 3, selector: (write) => write.name },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("watch" as const, "list" as const), back: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compact" as const), back: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
);

async function write(
  world: World,
  writes: readonly { name: string; removed: boolean; stale: boolean }[],
): Promise<void> {
  const { store, model } = world;
  const known = model.now;
  const legal = writes.every(({ name, removed, stale }) => !stale && (!removed || known.has(name)));
  const commit = store.commit({
    writes: writes.map(({ name, removed, stale }) => {
      const expected = (known.get(name) ?? 0) + (stale ? 1_000_000 : 0);
      return removed ? remove(key(name), expected) : put(key(name), expected, name);
    }),
  });
  if (!legal) {
    await expect(commit).rejects.toBeInstanceOf(StoreError);
    return;
  }
  const { revision } = await commit;
  writes.forEach(({ name, removed }, index) => model.write(revision - writes.length + 1 + index, name, removed));
  expect(store.head).toBe(revision);
}

/** A revision some way back, which may be compacted, and never in the middle of a commit that the model has not seen. */
const back = ({ store }: World, by: number): number => Math.max(0, store.head - by);

function list(world: World, by: number): void {
  const revision = back(world, by);
  const run = () => [...world.store.list({ ...configmaps, revision }).items];
  if (revision < world.model.compacted) {
    expect(run).toThrow(expect.objectContaining({ code: "compacted" }) as Error);
    return;
  }
  const shown = run().map((object) => [object.key.name, object.revision]);
  expect(shown).toEqual([...world.model.at(revision)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function watch(world: World, by: number): Promise<void> {
  const from = back(world, by);
  const seen: StoreEvent[] = [];
  const start = () => world.store.watch({ ...configmaps, from }, { onEvents: (e) => void seen.push(...e), onEnd() {} });
  if (from < world.model.compacted) {
    expect(start).toThrow(expect.objectContaining({ code: "compacted" }) as Error);
    return;
  }
  world.watches.push({ from, seen, handle: start() });
  await settled();
}

/** Each watch has seen all events after its start, each once, in order, with the right states on both sides. */
function checkWatches({ model, watches }: World): void {
  for (const { from, seen } of watches) {
    const expected = model.events.filter((event) => event.revision > from);
    expect(seen.map((e) => ({ revision: e.revision, name: e.key.name, removed: e.current === undefined }))).toEqual(
      expected,
    );
    for (const event of seen) {
      expect(event.previous?.revision).toBe(model.at(event.revision - 1).get(event.key.name));
      expect(read(event.current?.bytes ?? event.last).revision).toBe(event.revision);
    }
  }
}

async function run(world: World, next: Step): Promise<void> {
  switch (next.do) {
    case "write":
      return write(world, next.writes);
    case "list":
      return list(world, next.back);
    case "watch":
      return watch(world, next.back);
    case "compact": {
      const to = back(world, next.back);
      await world.store.compact(to);
      world.model.compacted = Math.max(world.model.compacted, to);
      expect(world.store.compacted).toBe(world.model.compacted);
      return;
    }
    case "restart": {
      checkWatches(world);
      const { head } = world.store;
      await world.store.close();
      world.store = await openStore({ folder: world.folder });
      expect(world.store.head).toBe(head);
      // A compaction that had nothing to remove leaves no trace: more history than promised is there again.
      expect(world.store.compacted).toBeLessThanOrEqual(world.model.compacted);
      world.model.compacted = world.store.compacted;
      // A client that was cut off resumes from the last revision that it saw.
      const before = world.watches;
      world.watches = [];
      for (const { from, seen } of before) {
        const last = seen.at(-1)?.revision ?? from;
        if (last >= world.model.compacted) await watch(world, head - last);
      }
    }
  }
}

describe("a store under random operations", () => {
  it("is what the model says: states, revisions, watches, resumption, compaction, restarts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const folder = freshFolder();
        const store = await openStore({ folder });
        const world: World = { folder, store, model: new Model(store.head), watches: [] };
        try {
          for (const next of steps) {
            await run(world, next);
            checkWatches(world);
          }
          list(world, 0);
        } finally {
          await world.store.close();
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 15 },
    );
  }, 600_000);
});
