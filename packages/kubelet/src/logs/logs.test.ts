import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLine } from "./line.ts";
import { surplus } from "./rotate.ts";

describe("log lines", () => {
  test("are taken apart", () => {
    const line = parseLine(Buffer.from("2026-01-01T00:00:00.5Z stderr P some text"));
    expect({ ...line, text: line?.text.toString() }).toEqual({
      time: "2026-01-01T00:00:00.5Z",
      stream: "stderr",
      partial: true,
      text: "some text",
    });
  });
  test.each(["", "x", "a b c", "a stdin F x"])("%j is none", (text) => {
    expect(parseLine(Buffer.from(text))).toBeUndefined();
  });
  test("keep their bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const line = parseLine(Buffer.concat([Buffer.from("t stdout F "), bytes]));
        expect(line?.text.equals(bytes)).toBe(true);
      }),
    );
  });
});

test("rotation keeps the newest files", () => {
  expect(surplus(["a.3", "a.1", "a.2"], 4)).toEqual(["a.1"]);
  expect(surplus(["a.1"], 5)).toEqual([]);
  expect(surplus(["a.1", "a.2"], 2)).toEqual(["a.1", "a.2"]);
});
