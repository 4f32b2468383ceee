import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFieldSelector } from "./field-selector.ts";

const values: Record<string, string> = { "metadata.name": "a", "status.phase": "Running", odd: "x,y=\\z" };
const matches = (text: string): boolean => parseFieldSelector(text).matches((name) => values[name] ?? "");

describe("parseFieldSelector", () => {
  it.each([
    ["", true],
    ["metadata.name=a", true],
    ["metadata.name==a,status.phase!=Failed", true],
    ["metadata.name!=a", false],
    ["odd=x\\,y\\=\\\\z", true],
    ["metadata.name=a,", true],
  ])("%s is %s", (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  it.each([
    ["x", "invalid selector: 'x'; can't understand 'x'"],
    ["a=b\\c", "invalid field selector: invalid escape sequence: \\c"],
    ["a=b=c", "invalid field selector: unescaped character in value: ="],
  ])("%s is refused", (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });

  it("reads what it writes", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const escaped = value.replace(/[\\,=]/g, (c) => `\\${c}`);
        const selector = parseFieldSelector(`f=${escaped}`);
        expect(selector.requirements).toEqual([{ field: "f", operator: "=", value }]);
        expect(parseFieldSelector(selector.toString()).requirements).toEqual(selector.requirements);
      }),
    );
  });
});
