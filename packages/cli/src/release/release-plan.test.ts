import { describe, expect, test } from "vitest";
import { type PlanFacts, planRelease, refusalText, wayBackTo } from "./release-plan.ts";

const schema = { writes: 1, reads: [1] };
const facts = (more: Partial<PlanFacts> = {}): PlanFacts => ({
  here: { version: "0.2.0", folder: "0.2.0", schema, manifest: "a" },
  next: { version: "0.3.0", schema },
  nextManifest: "b",
  format: 1,
  ...more,
});

describe("putting a release in", () => {
  test("that is newer is an update, with its way back", () => {
    expect(planRelease(facts())).toEqual({
      from: "0.2.0",
      to: "0.3.0",
      step: "update",
      format: { from: 1, to: 1 },
      wayBack: "program",
    });
    const up = planRelease(facts({ next: { version: "0.3.0", schema: { writes: 2, reads: [1, 2] } } }));
    expect(up).toMatchObject({ step: "update", format: { from: 1, to: 2 }, wayBack: "database" });
  });

  test.each<[string, string, Partial<PlanFacts>]>([
    ["older", "downgrade", { next: { version: "0.1.9", schema } }],
    ["a candidate of the same", "downgrade", { next: { version: "0.2.0-rc.1", schema } }],
    ["the same with other content", "same-version-other-content", { next: { version: "0.2.0", schema } }],
    [
      "too new to read the database",
      "database-not-read",
      { next: { version: "0.9.0", schema: { writes: 3, reads: [2, 3] } } },
    ],
    ["too old to read the database", "database-not-read", { format: 2 }],
    ["of no order", "cannot-be-ordered", { here: { version: "what", schema } }],
  ])("that is %s is refused: %s", (_, why, more) => {
    const plan = planRelease(facts(more));
    expect(plan).toMatchObject({ step: "refused", why });
    expect(refusalText(plan)).toContain(plan.to);
  });

  test("that runs already is nothing; one takes the place of a clone of its version", () => {
    expect(planRelease(facts({ next: { version: "0.2.0", schema }, nextManifest: "a" })).step).toBe("nothing");
    expect(planRelease(facts({ here: { version: "0.3.0", schema } })).step).toBe("update");
  });
});

test("the way back is the program where it reads the database's format, else the copy", () => {
  expect([1, 2, 3].map((format) => wayBackTo({ writes: 2, reads: [1, 2] }, format))).toEqual([
    "program",
    "program",
    "database",
  ]);
});
