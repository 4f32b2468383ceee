import { expect, test } from "vitest";
import { warningHeaders } from "./warnings.ts";

test("a warning is a quoted header without control characters", () => {
  expect(warningHeaders(['a "b" \\ c\n\u001b[31m'])).toEqual({ Warning: ['299 - "a \\"b\\" \\\\ c  [31m"'] });
});

test("many long ones stay within the bound", () => {
  const { Warning } = warningHeaders(Array.from({ length: 100 }, (_, i) => `${i}${"x".repeat(1000)}`)) as {
    Warning: string[];
  };
  expect(Warning.join("").length).toBeLessThan(5000);
  expect(warningHeaders([])).toEqual({});
});
