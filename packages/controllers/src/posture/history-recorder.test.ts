import { RecordedPosture } from "@bulkhead/analysis";
import type { PostureHistory, RecordedState } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HistoryRecorder } from "./history-recorder.ts";

const minute = 60_000;
const start = Date.parse("2026-11-21T12:00:00Z");
const states = (a: RecordedState, b: RecordedState = "holds") =>
  new Map([
    ["a", a],
    ["b", b],
  ] as const);
const at = (minutes: number): number => start + minutes * minute;
const iso = (minutes: number): string => new Date(at(minutes)).toISOString();

/** Samples one after the other; what is kept in the end, by name. */
function kept(recorder: HistoryRecorder, samples: readonly (readonly [number, ReturnType<typeof states>])[]) {
  const objects = new Map<string, PostureHistory>();
  for (const [minutes, sample] of samples) {
    for (const object of recorder.sample(sample, at(minutes)).records) objects.set(object.metadata.name ?? "", object);
    recorder.wrote(at(minutes));
  }
  return [...objects.values()].map(({ history }) => history);
}

describe("what is written down", () => {
  test("how all stand at first, and then what changed", () => {
    const [record, ...others] = kept(new HistoryRecorder(undefined), [
      [0, states("holds")],
      [1, states("holds")],
      [2, states("fails")],
      [3, states("fails")],
    ]);
    expect(others).toEqual([]);
    expect(record).toEqual({
      from: iso(0),
      at: { holds: ["a", "b"] },
      observed: [{ from: iso(0), to: iso(3) }],
      changes: [{ at: iso(2), state: "fails", controls: ["a"] }],
    });
  });

  test("what failed for a moment between two looks has failed", () => {
    const recorder = new HistoryRecorder(undefined);
    recorder.sample(states("holds"), at(0));
    recorder.sawFailing("a", at(0.5));
    const [record] = recorder.sample(states("holds"), at(1)).records;
    expect(record?.history.changes).toEqual([
      { at: iso(0.5), state: "fails", controls: ["a"] },
      { at: iso(1), state: "holds", controls: ["a"] },
    ]);
  });

  test("a start begins a span of its own: what lies between nobody saw", () => {
    const [before] = kept(new HistoryRecorder(undefined), [
      [0, states("holds")],
      [5, states("holds")],
    ]);
    const [record] = kept(new HistoryRecorder(before), [
      [60, states("fails")],
      [61, states("fails")],
    ]);
    expect(record?.observed).toEqual([
      { from: iso(0), to: iso(5) },
      { from: iso(60), to: iso(61) },
    ]);
    expect(record?.changes).toEqual([{ at: iso(60), state: "fails", controls: ["a"] }]);
  });

  test("so does a time in which nothing could be written", () => {
    const recorder = new HistoryRecorder(undefined);
    recorder.sample(states("holds"), at(0));
    recorder.wrote(at(0));
    const [record] = recorder.sample(states("holds"), at(20)).records;
    expect(record?.history.observed).toHaveLength(2);
  });

  test("a control that nobody asks any more is not known; a new month is a new record, without a gap between", () => {
    const late = (Date.parse("2026-11-30T23:59:00Z") - start) / minute;
    const records = kept(new HistoryRecorder(undefined), [
      [late, states("holds")],
      [late + 0.5, new Map([["b", "holds"]]) as ReturnType<typeof states>],
      [late + 1, states("holds")],
    ]);
    expect(records).toHaveLength(2);
    expect(records[0]?.changes[0]).toEqual({ at: iso(late + 0.5), state: "unknown", controls: ["a"] });
    const span = { from: at(late), to: at(late + 1) };
    expect(new RecordedPosture(records).unobserved(span)).toEqual([]);
  });
});

test("property: read back, each control stands as it was sampled, and what it was seen failing is there", () => {
  const state = fc.constantFrom<RecordedState[]>("holds", "fails", "accepted", "unknown", "error", "no-object");
  fc.assert(
    fc.property(fc.array(fc.record({ a: state, b: state, blink: fc.boolean(), restart: fc.boolean() })), (samples) => {
      let recorder = new HistoryRecorder(undefined);
      let last: PostureHistory["history"] | undefined;
      const blinks: number[] = [];
      samples.forEach(({ a, b, blink, restart }, n) => {
        if (restart) recorder = new HistoryRecorder(last);
        else if (blink && n > 0) {
          recorder.sawFailing("a", at(n - 0.5));
          blinks.push(at(n - 0.5));
        }
        last = recorder.sample(states(a, b), at(n)).records.at(-1)?.history;
      });
      recorder.sample(states("holds"), at(samples.length));
      if (last === undefined) return;
      const read = new RecordedPosture([last]);
      const shown = {
        holds: "met",
        fails: "not-met",
        accepted: "accepted",
        unknown: "unknown",
        error: "unknown",
        "no-object": "no-object",
      } as const;
      samples.forEach(({ a }, n) => {
        const [piece] = read.pieces(["a"], "machine", { from: at(n), to: at(n) + 1 });
        if (piece?.state !== "not-observed") expect(piece?.state).toBe(shown[a]);
      });
      for (const time of blinks) {
        const [piece] = read.pieces(["a"], "machine", { from: time, to: time + 1 });
        expect(["not-met", "not-observed"]).toContain(piece?.state);
      }
    }),
  );
});
