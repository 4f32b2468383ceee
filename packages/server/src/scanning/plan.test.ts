import { expect, test } from "vitest";
import { planScans, type ReportState } from "./plan.ts";

const now = 1_000_000_000;
const digest = (n: number): string => `sha256:${String(n).padStart(64, "0")}`;
const plan = (known: readonly ReportState[], generation: string | undefined = "g1") =>
  planScans({
    wanted: known.map((_, i) => digest(i)),
    known: new Map(known.map((state, i) => [digest(i), state])),
    generation,
    now,
  });
const fresh: ReportState = { scannedAt: now, matchedAt: now, generation: "g1" };

test("what was never read comes first, one at a time", () => {
  expect(plan([fresh, {}, {}])).toEqual({ do: "scan", digest: digest(1) });
  expect(plan([{ ...fresh, generation: "g0" }, {}])).toEqual({ do: "scan", digest: digest(1) });
});

test("changed advisories have everything matched at once, and nothing read", () => {
  expect(plan([{ ...fresh, generation: "g0" }, fresh, { ...fresh, generation: "g0" }])).toEqual({
    do: "match",
    digests: [digest(0), digest(2)],
  });
});

test("sources grow old: what was matched a day ago is matched again", () => {
  expect(plan([{ ...fresh, matchedAt: now - 86_400_000 }])).toEqual({ do: "match", digests: [digest(0)] });
  expect(plan([{ ...fresh, matchedAt: now - 86_399_000 }])).toEqual({ do: "wait", until: now + 1000 });
});

test("what failed waits longer each time and holds up nobody else", () => {
  const failed = (failures: number, ago: number): ReportState => ({ failures, failedAt: now - ago });
  expect(plan([failed(1, 59_000), {}])).toEqual({ do: "scan", digest: digest(1) });
  expect(plan([failed(1, 60_000)])).toEqual({ do: "scan", digest: digest(0) });
  expect(plan([failed(3, 60_000)])).toEqual({ do: "wait", until: now + 180_000 });
  expect(plan([failed(60, 0)])).toEqual({ do: "wait", until: now + 6 * 3_600_000 });
});

test("while the advisories are not known nothing is done", () => {
  expect(planScans({ wanted: [digest(0)], known: new Map(), generation: undefined, now })).toMatchObject({
    do: "wait",
  });
});
