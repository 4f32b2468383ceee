import { expect, test } from "vitest";
import { canonicalMicroTime, canonicalTime } from "./time.ts";

test("times are whole seconds in UTC", () => {
  expect(canonicalTime("2026-01-01T00:00:00Z")).toBe("2026-01-01T00:00:00Z");
  expect(canonicalTime("2026-01-01T01:30:00+01:30")).toBe("2026-01-01T00:00:00Z");
  expect(canonicalTime("2026-01-01T00:00:00.999Z")).toBe("2026-01-01T00:00:00Z");
});

test("micro times have six digits, cut and not rounded", () => {
  expect(canonicalMicroTime("2026-01-01T00:00:00Z")).toBe("2026-01-01T00:00:00.000000Z");
  expect(canonicalMicroTime("2026-01-01T01:00:00.1234569+01:00")).toBe("2026-01-01T00:00:00.123456Z");
});

test("what is no time stays as it is, for the decoder to refuse", () => {
  for (const text of ["", "yesterday", "2026-13-45T00:00:00Z", "2026-01-01"]) {
    expect(canonicalTime(text)).toBe(text);
    expect(canonicalMicroTime(text)).toBe(text);
  }
});
