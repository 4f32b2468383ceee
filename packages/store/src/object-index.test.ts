import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ObjectIndex } from "./object-index.ts";
import { compareStrings } from "./store-key.ts";
import type { StoredObject } from "./types.ts";

const object = (namespace: string, name: string, revision: number): StoredObject => ({
  key: { group: "", resource: "r", namespace, name },
  revision,
  bytes: new Uint8Array(),
  labels: {},
  fields: {},
});

const id = ({ key, revision }: StoredObject): string => `${key.namespace}/${key.name}@${revision}`;
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const sorted = (objects: Iterable<StoredObject>): StoredObject[] =>
  [...objects].toSorted((a, b) => bytewise(a.key.namespace, b.key.namespace) || bytewise(a.key.name, b.key.name));

describe("compareStrings", () => {
  it("orders as the bytes of UTF-8 do", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "-", "ß", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "🎉"),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareStrings(a, b))).toBe(Math.sign(bytewise(a, b)));
      }),
    );
  });
});

describe("index", () => {
  const namespace = fc.constantFrom("", "a", "a-b", "b");
  const name = fc.nat(400).map((n) => `n${n}`);
  const change = fc.record({ namespace, name, remove: fc.integer({ min: 0, max: 3 }).map((n) => n === 0) });

  it("is a sorted map, whose snapshots do not move", () => {
    const asked = fc.record({
      namespace: fc.option(namespace, { nil: undefined }),
      after: fc.option(fc.record({ namespace, name }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 1500, size: "max" }), fc.nat(100), asked, (changes, every, query) => {
        const index = new ObjectIndex();
        const model = new Map<string, StoredObject>();
        const kept: { view: () => string[]; expected: string[] }[] = [];
        changes.forEach(({ remove, ...at }, step) => {
          const key = `${at.namespace}/${at.name}`;
          const before = model.get(key);
          expect(index.get(at)).toBe(before);
          if (remove) {
            expect(index.delete(at)).toBe(before);
            model.delete(key);
          } else {
            const added = object(at.namespace, at.name, step);
            expect(index.set(added)).toBe(before);
            model.set(key, added);
          }
          if (step % (every + 20) !== 0) return;
          const snapshot = index.snapshot();
          kept.push({
            view: () => [...snapshot.iterate(query.namespace, query.after)].map(id),
            expected: expectedOf(model, query.namespace, query.after),
          });
        });
        expect(index.size).toBe(model.size);
        expect([...index.snapshot().iterate(undefined, undefined)].map(id)).toEqual(sorted(model.values()).map(id));
        for (const { view, expected } of kept) expect(view()).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  function expectedOf(
    model: ReadonlyMap<string, StoredObject>,
    within: string | undefined,
    after: { namespace: string; name: string } | undefined,
  ): string[] {
    return sorted(model.values())
      .filter(({ key }) => within === undefined || key.namespace === within)
      .filter(
        ({ key }) =>
          after === undefined || (bytewise(key.namespace, after.namespace) || bytewise(key.name, after.name)) > 0,
      )
      .map(id);
  }
});
