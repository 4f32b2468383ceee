import fc from "fast-check";
import { expect, test } from "vitest";
import { semanticEqual } from "./semantic-equal.ts";

test("what is not there, null and an empty list are one", () => {
  expect(semanticEqual({ a: undefined, b: null, c: [] }, {})).toBe(true);
  expect(semanticEqual({ a: 0 }, {})).toBe(false);
  expect(semanticEqual({ a: "" }, {})).toBe(false);
  expect(semanticEqual([null], [])).toBe(false);
});

test("a key that every object inherits is a key like any other", () => {
  expect(semanticEqual({}, { toString: "x" })).toBe(false);
  expect(semanticEqual({ constructor: "x" }, {})).toBe(false);
  expect(semanticEqual({ app: "a" }, JSON.parse('{"app":"a","__proto__":"x"}'))).toBe(false);
});

test("is an equality, and sees a change wherever it is", () => {
  const values = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(values, values, (a, b) => {
      expect(semanticEqual(a, structuredClone(a))).toBe(true);
      expect(semanticEqual(a, b)).toBe(semanticEqual(b, a));
      expect(semanticEqual({ a, b: 1 }, { b: 2, a })).toBe(false);
      expect(semanticEqual({ a: { deep: [a, "x"] } }, { a: { deep: [a, "y"] } })).toBe(false);
    }),
  );
});
