import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { documentText, harmless, jsonLine, outputFormat, readyFor } from "./print.ts";

beforeAll(() => readyFor("yaml"));

// Escape, the one-character CSI and OSC, delete, next line, a right-to-left override.
const hostile = ["\u001b[2J", "\u009b2J", "\u009d0;title\u009c", "\u007f", "\u0085", "\u202e", "\u0000", "a\rb"];
const steers = /(?!\n)[\p{Cc}\u202e]/u;

describe.each(hostile)("%j", (text) => {
  const value = { says: text, deep: [{ [text]: "key" }], plain: "two\nlines: a" };
  test.each(["json", "yaml"] as const)("stands escaped in %s, which says the same", (format) => {
    const out = documentText(value, format);
    expect(out).not.toMatch(steers);
    expect(format === "json" ? JSON.parse(out) : parse(out)).toEqual(value);
  });
  test("stands escaped in a line of JSON, and is replaced in text", () => {
    expect(jsonLine(value)).not.toMatch(steers);
    expect(JSON.parse(jsonLine(value))).toEqual(value);
    expect(harmless(text)).not.toMatch(steers);
  });
});

test("line breaks and tabs of a text stay", () => {
  expect(harmless("a\n\tb")).toBe("a\n\tb");
});

test("YAML stays YAML where nothing steers", () => {
  expect(documentText({ a: ["ü", "日本"] }, "yaml")).toBe("a:\n  - ü\n  - 日本\n");
});

test("another word after -o is no format", () => {
  expect(() => outputFormat("xml")).toThrow(expect.objectContaining({ exit: 2 }));
});
