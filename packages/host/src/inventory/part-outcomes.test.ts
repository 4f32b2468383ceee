import { expect, test } from "vitest";
import { dated } from "./part-offers.ts";
import { type PartOutcomes, withOutcome } from "./part-outcomes.ts";

const change = { part: "runc", from: "1", to: "2" };
const none: PartOutcomes = { failed: [], acted: [] };
const at = Date.UTC(2026, 10, 22);

test("what failed is remembered by its revision, until it goes well", () => {
  const failed = withOutcome(none, { changes: [change], outcome: "Failed", says: "no", by: "Policy", at });
  expect(failed.failed).toMatchObject([{ part: "runc", version: "2", says: "no" }]);
  const other = { ...change, to: "3" };
  const newer = withOutcome(failed, { changes: [other], outcome: "Applied", says: "", by: "Policy", at });
  expect(newer.failed).toHaveLength(1);
  const well = withOutcome(newer, { changes: [change], outcome: "Applied", says: "", by: "Root", at });
  expect(well.failed).toEqual([]);
  expect(well.acted.map(({ to, outcome, by }) => [to, outcome, by])).toEqual([
    ["2", "Applied", "Root"],
    ["3", "Applied", "Policy"],
    ["2", "Failed", "Policy"],
  ]);
});

test("what a person took back is not put in again by itself", () => {
  const back = withOutcome(none, { changes: [change], outcome: "TakenBack", says: "slow", by: "Root", at });
  expect(back.failed).toMatchObject([{ part: "runc", version: "2" }]);
});

test("an offer is as old as its revision, not as its package", () => {
  const [first] = dated([{ name: "runc", version: "2", suite: "testing" }], [], "2026-11-01T00:00:00Z");
  const again = dated(
    [{ name: "runc", version: "2", suite: "testing" }],
    first === undefined ? [] : [first],
    "2026-11-09",
  );
  expect(again[0]?.since).toBe("2026-11-01T00:00:00Z");
  const newer = dated([{ name: "runc", version: "3", suite: "testing" }], again, "2026-11-09T00:00:00Z");
  expect(newer[0]?.since).toBe("2026-11-09T00:00:00Z");
});
