import type { BriefScheduleStatus } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSchedule, type Schedule } from "./cron.ts";
import { backOff, mostAttempts, planStep, type Standing } from "./plan.ts";

const at = (text: string): number => Date.parse(text);
const weekly = readSchedule("0 8 * * 1", "Europe/Berlin") as Schedule;
const monday = at("2026-11-23T07:00:00Z");
const standing = (status?: BriefScheduleStatus, more: Partial<Standing> = {}): Standing => ({
  status,
  created: at("2026-11-21T00:00:00Z"),
  paused: false,
  changed: false,
  ...more,
});

describe("when", () => {
  test("in the zone's own time, summer and winter", () => {
    expect(weekly.after(at("2026-11-21T00:00:00Z"))).toBe(monday);
    expect(weekly.after(at("2027-03-27T00:00:00Z"))).toBe(at("2027-03-29T06:00:00Z"));
  });

  test.each([
    ["* * * * *", "UTC", "more often than hourly"],
    ["*/30 8 * * *", "UTC", "more often than hourly"],
    ["0 0 30 2 *", "UTC", "never comes"],
    ["0 8 * * 1 *", "UTC", "five fields"],
    ["@weekly", "UTC", "five fields"],
    ["2026-12-01T00:00:00", "UTC", "five fields"],
    ["99 8 * * 1", "UTC", "schedule: "],
    ["0 8 * * 1", "Nowhere/City", "there is no"],
  ])("%s in %s is refused", (text, zone, says) => {
    expect(readSchedule(text, zone)).toContain(says);
  });

  test("who was away for long sends the last one alone", () => {
    expect(weekly.lastBetween(at("2026-01-01T00:00:00Z"), monday + 1)).toBe(monday);
    const yearly = readSchedule("0 8 1 1 *") as Schedule;
    expect(yearly.lastBetween(at("2020-06-01T00:00:00Z"), at("2026-11-01T00:00:00Z"))).toBe(at("2026-01-01T08:00:00Z"));
  });
});

describe("what is done", () => {
  const sent: BriefScheduleStatus = { period: "2026-11-23T07:00:00Z", phase: "Sent", attempts: 1 };
  const failed = (attempts: number, next: number): BriefScheduleStatus => ({
    ...sent,
    phase: "Failed",
    attempts,
    next: new Date(next).toISOString(),
  });

  test.each<[string, Standing, number, object]>([
    ["nothing before the first time", standing(), monday - 1, { do: "wait", until: monday }],
    ["it is sent when due", standing(), monday, { do: "send", period: monday, attempt: 1 }],
    ["once", standing(sent), monday + 60_000, { do: "wait", until: monday + 7 * 86_400_000 }],
    [
      "not again after a stop in the middle",
      standing({ ...sent, phase: "Sending" }),
      monday + 1,
      { do: "leave", period: monday },
    ],
    ["a failure waits", standing(failed(1, monday + 60_000)), monday + 1, { do: "wait", until: monday + 60_000 }],
    [
      "and is tried again",
      standing(failed(1, monday + 60_000)),
      monday + 60_000,
      { do: "send", period: monday, attempt: 2 },
    ],
    [
      "the next period takes its place",
      standing(failed(3, monday)),
      monday + 7 * 86_400_000,
      { do: "send", period: monday + 7 * 86_400_000, attempt: 1 },
    ],
    [
      "given up stays so",
      standing({ ...sent, phase: "GivenUp" }),
      monday + 1,
      { do: "wait", until: monday + 7 * 86_400_000 },
    ],
    [
      "until it is mended",
      standing({ ...sent, phase: "GivenUp" }, { changed: true }),
      monday + 1,
      { do: "send", period: monday, attempt: 1 },
    ],
    [
      "another time alone sends nothing at once",
      standing({ ...sent, period: "2026-11-16T07:00:00Z" }, { changed: true }),
      monday + 1,
      { do: "wait", until: monday + 7 * 86_400_000 },
    ],
    [
      "what somebody asks for is due at once",
      standing(sent, { asked: monday + 60_999 }),
      monday + 61_000,
      { do: "send", period: monday + 60_000, attempt: 1 },
    ],
    [
      "once, and then the schedule goes on",
      standing({ ...sent, period: new Date(monday + 60_000).toISOString() }, { asked: monday + 60_999 }),
      monday + 62_000,
      { do: "wait", until: monday + 7 * 86_400_000 },
    ],
    [
      "before anything was sent, too",
      standing(undefined, { asked: at("2026-11-21T00:00:00.500Z") }),
      at("2026-11-21T00:00:01Z"),
      { do: "send", period: at("2026-11-21T00:00:00Z"), attempt: 1 },
    ],
    [
      "not before the time that was asked for",
      standing(sent, { asked: monday + 60_000 }),
      monday + 1,
      { do: "wait", until: monday + 60_000 },
    ],
    ["paused, it falls away", standing(undefined, { paused: true }), monday + 1, { do: "skip", period: monday }],
  ])("%s", (_, given, now, step) => {
    expect(planStep(weekly, given, now)).toEqual(step);
  });

  test("each wait is longer than the one before, and an hour at most", () => {
    const waits = Array.from({ length: mostAttempts }, (_, n) => backOff(n + 1));
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits.at(-1)).toBe(3_600_000);
  });
});

test("property: whatever stops and fails in between, no period is sent twice, and none is sent before it is due", () => {
  const daily = readSchedule("0 6 * * *") as Schedule;
  const start = at("2026-11-21T00:00:00Z");
  const event = fc.record({
    wait: fc.integer({ min: 1, max: 30 * 60 }),
    asks: fc.boolean(),
    outcome: fc.constantFrom("arrives", "fails", "stops-before", "stops-after"),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const arrived: number[] = [];
      let status: BriefScheduleStatus | undefined;
      let now = start;
      let asked: number | undefined;
      for (const { wait, asks, outcome } of events) {
        now += wait * 60_000;
        if (asks) asked = now + 500;
        const step = planStep(daily, standing(status, { created: start, asked }), now + 500);
        if (step.do === "leave") status = { ...status, phase: "Unknown" };
        if (step.do !== "send") continue;
        expect(step.period).toBeLessThanOrEqual(now + 500);
        const claim = { period: new Date(step.period).toISOString(), attempts: step.attempt };
        status = { ...claim, phase: "Sending" };
        if (outcome === "arrives" || outcome === "stops-after") arrived.push(step.period);
        if (outcome === "arrives") status = { ...claim, phase: "Sent" };
        if (outcome === "fails")
          status = {
            ...claim,
            phase: step.attempt >= mostAttempts ? "GivenUp" : "Failed",
            next: new Date(now + backOff(step.attempt)).toISOString(),
          };
      }
      expect(new Set(arrived).size).toBe(arrived.length);
    }),
  );
});
