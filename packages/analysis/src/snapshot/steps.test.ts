import fc from "fast-check";
import { expect, test } from "vitest";
import { atOnce, inTurn, sorting } from "./steps.ts";

interface Item {
  readonly rank: number;
  readonly at: number;
}
const byRank = (a: Item, b: Item): number => a.rank - b.rank;

test("property: sorted in steps is as sorted at once, equals in their order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 2000, size: "max" }), (ranks) => {
      const items = ranks.map((rank, at) => ({ rank, at }));
      expect(atOnce(sorting(items, byRank))).toEqual(items.toSorted(byRank));
    }),
    { numRuns: 200 },
  );
});

test("no step takes more than some of many", () => {
  const visited: number[] = [];
  const steps = inTurn(
    Array.from({ length: 1000 }, (_, i) => i),
    (i) => visited.push(i),
  );
  let most = 0;
  for (let before = 0, step = steps.next(); ; step = steps.next(), before = visited.length) {
    most = Math.max(most, visited.length - before);
    if (step.done === true) break;
  }
  expect(visited).toHaveLength(1000);
  expect(most).toBeLessThan(300);
});
