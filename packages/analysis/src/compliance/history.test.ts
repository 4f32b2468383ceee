import type { PostureHistory } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Piece, RecordedPosture, spanVerdict } from "./history.ts";

const hour = 3_600_000;
const start = Date.parse("2026-11-20T00:00:00Z");
const at = (hours: number): string => new Date(start + hours * hour).toISOString();
const span = { from: start, to: start + 24 * hour };
const record = (more: Partial<PostureHistory["history"]> = {}): PostureHistory["history"] => ({
  from: at(0),
  at: { holds: ["a", "b"] },
  observed: [{ from: at(0), to: at(24) }],
  changes: [],
  ...more,
});
const told = (pieces: readonly Piece[]): string[] =>
  pieces.map(({ from, to, state }) => `${(from - start) / hour}-${(to - start) / hour} ${state}`);
const pieces = (records: readonly PostureHistory["history"][], ids = ["a", "b"], of = span) =>
  new RecordedPosture(records).pieces(ids, "machine", of);

describe("how a requirement stood", () => {
  test("met throughout, where somebody looked throughout", () => {
    expect(told(pieces([record()]))).toEqual(["0-24 met"]);
    expect(spanVerdict(pieces([record()]))).toBe("held");
  });

  test("broken from when to when", () => {
    const changes = [
      { at: at(3), state: "fails" as const, controls: ["a"] },
      { at: at(5), state: "holds" as const, controls: ["a"] },
    ];
    const found = pieces([record({ changes })]);
    expect(told(found)).toEqual(["0-3 met", "3-5 partly", "5-24 met"]);
    expect(spanVerdict(found)).toBe("broken");
  });

  test("what nobody saw is said, and has not passed", () => {
    const observed = [
      { from: at(0), to: at(6) },
      { from: at(8), to: at(20) },
    ];
    const found = pieces([record({ observed })]);
    expect(told(found)).toEqual(["0-6 met", "6-8 not-observed", "8-20 met", "20-24 not-observed"]);
    expect(spanVerdict(found)).toBe("unknown");
  });

  test("before anything was recorded nobody looked, and a control that was not asked yet is not known", () => {
    expect(told(pieces([record({ from: at(4), observed: [{ from: at(4), to: at(24) }] })]))).toEqual([
      "0-4 not-observed",
      "4-24 met",
    ]);
    expect(told(pieces([record()], ["a", "later"]))).toEqual(["0-24 unknown"]);
    expect(spanVerdict(pieces([]))).toBe("unknown");
  });

  test("records follow each other; one that drops a control has not asked it", () => {
    const [first, second] = [
      record({ observed: [{ from: at(0), to: at(12) }] }),
      record({ from: at(12), at: { holds: ["a"] }, observed: [{ from: at(12), to: at(24) }] }),
    ];
    expect(told(pieces([second, first]))).toEqual(["0-12 met", "12-24 unknown"]);
  });

  test("accepted, about nothing, without a control, for people", () => {
    const of = (state: "accepted" | "no-object"): Piece[] => [...pieces([record({ at: { [state]: ["a"] } })], ["a"])];
    expect(spanVerdict(of("accepted"))).toBe("accepted");
    expect(spanVerdict(of("no-object"))).toBe("no-object");
    expect(spanVerdict(pieces([record()], []))).toBe("gap");
    expect(spanVerdict(new RecordedPosture([record()]).pieces(["a"], "person", span))).toBe("person");
  });
});

const state = fc.constantFrom("holds", "fails", "accepted", "unknown", "error", "no-object");
const change = fc.record({ hour: fc.integer({ min: 0, max: 30 }), state, id: fc.constantFrom("a", "b") });
const seen = fc.record({ from: fc.integer({ min: -5, max: 30 }), long: fc.integer({ min: 0, max: 20 }) });

test("property: pieces fill the span without a hole, and held means seen and met at every moment", () => {
  fc.assert(
    fc.property(fc.array(change), fc.array(seen), (changes, spans) => {
      const history = record({
        from: at(-10),
        changes: changes
          .toSorted((x, y) => x.hour - y.hour)
          .map((each) => ({ at: at(each.hour), state: each.state, controls: [each.id] })),
        observed: spans.map(({ from, long }) => ({ from: at(from), to: at(from + long) })),
      });
      const found = pieces([history]);
      expect(found[0]?.from).toBe(span.from);
      expect(found.at(-1)?.to).toBe(span.to);
      found.slice(1).forEach((piece, index) => {
        expect(piece.from).toBe(found[index]?.to);
        expect(piece.state).not.toBe(found[index]?.state);
      });
      // Asked naively, every half hour.
      for (let time = span.from; time < span.to; time += hour / 2) {
        const observed = spans.some(
          ({ from, long }) => time >= start + from * hour && time < start + (from + long) * hour,
        );
        const piece = found.find((each) => each.from <= time && time < each.to);
        expect(piece?.state === "not-observed").toBe(!observed);
        if (spanVerdict(found) === "held") expect(["met", "no-object"]).toContain(piece?.state);
      }
    }),
  );
});
