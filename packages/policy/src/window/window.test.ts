import type { UpdateWindow } from "@bulkhead/api";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openness } from "./window.ts";

const night: UpdateWindow = { days: ["Sat"], from: "22:00", to: "02:00" };
const work: UpdateWindow = { days: ["Mon", "Tue", "Wed", "Thu", "Fri"], from: "09:00", to: "17:00" };
const berlin: UpdateWindow = { from: "02:00", to: "04:00", timeZone: "Europe/Berlin" };

it.each<[string, UpdateWindow, string, true | string]>([
  ["in it", work, "2026-11-20T09:00:00Z", true],
  ["its end is out", work, "2026-11-20T17:00:00Z", "2026-11-23T09:00:00Z"],
  ["the evening before", work, "2026-11-19T20:30:10Z", "2026-11-20T09:00:00Z"],
  ["over midnight, the first day", night, "2026-11-21T23:00:00Z", true],
  ["over midnight, the next day", night, "2026-11-22T01:59:00Z", true],
  ["the morning before its day", night, "2026-11-21T01:00:00Z", "2026-11-21T22:00:00Z"],
  ["winter time", berlin, "2026-11-21T00:30:00Z", "2026-11-21T01:00:00Z"],
  ["summer time", berlin, "2026-07-01T00:30:00Z", true],
  // On that night 02:00 to 03:00 does not exist: it opens at 03:00 local, 01:00 UTC.
  ["clocks set forward", berlin, "2026-03-29T00:59:30Z", "2026-03-29T01:00:00Z"],
  [
    "half hours",
    { from: "10:00", to: "10:15", timeZone: "Asia/Kolkata" },
    "2026-01-01T00:00:00Z",
    "2026-01-01T04:30:00Z",
  ],
  ["all day", { from: "00:00", to: "00:00" }, "2026-01-01T13:00:00Z", true],
])("%s", (_, window, at, wanted) => {
  const now = openness([window], Date.parse(at));
  if (now.open) expect(wanted).toBe(true);
  else expect(new Date(now.until ?? 0).toISOString().replace(".000Z", "Z")).toBe(wanted);
});

it("no windows are always open; a zone that is none is an error", () => {
  expect(openness(undefined, 0)).toEqual({ open: true });
  expect(openness([], 0)).toEqual({ open: true });
  expect(() => openness([{ from: "00:00", to: "01:00", timeZone: "Moon/Base" }], 0)).toThrow(RangeError);
});

it("what is promised as open is open, and later than now", () => {
  const clock = fc
    .nat({ max: 95 })
    .map((q) => `${String(q >> 2).padStart(2, "0")}:${String((q & 3) * 15).padStart(2, "0")}`);
  const window = fc.record({
    days: fc.uniqueArray(fc.constantFrom("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), { minLength: 1 }),
    from: clock,
    to: clock,
    timeZone: fc.constantFrom("UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu"),
  });
  fc.assert(
    fc.property(window, fc.integer({ min: 17e11, max: 19e11 }), (one, now) => {
      const door = openness([one], now);
      if (door.open || door.until === undefined) return;
      expect(door.until).toBeGreaterThan(now);
      expect(openness([one], door.until).open).toBe(true);
    }),
    { numRuns: 40 },
  );
});
