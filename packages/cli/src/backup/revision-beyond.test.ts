import { expect, test } from "vitest";
import { revisionBeyond } from "./revision-beyond.ts";

const now = Date.UTC(2026, 10, 22);

test("a later restoration is above all that an earlier one gave out since", () => {
  const first = revisionBeyond(now, undefined);
  const written = first + 500_000;
  expect(revisionBeyond(now + 1000, undefined)).toBeGreaterThan(written);
});

test("what is there counts where the clock does not", () => {
  const there = revisionBeyond(now, undefined) + 5;
  expect(revisionBeyond(0, there)).toBeGreaterThan(there);
});

test("it is a number that is told exactly, for longer than anybody plans", () => {
  expect(Number.isSafeInteger(revisionBeyond(Date.UTC(2200, 0, 1), undefined) + 1_000_000_000)).toBe(true);
});
