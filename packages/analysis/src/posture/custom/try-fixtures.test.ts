import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readFixture } from "../../testing/read-fixture.ts";
import type { Control } from "../control.ts";
import { workloadPrivileged } from "../controls/workload-privileged/control.ts";
import { type FixtureFile, tryFixtures } from "./try-fixtures.ts";

const folder = join(dirname(import.meta.dirname), "controls", "workload-privileged", "fixtures");
const files: readonly FixtureFile[] = readdirSync(folder).map((name) => {
  const path = join(folder, name);
  return { name: path, text: readFileSync(path, "utf8"), objects: readFixture(path).objects };
});
const said = (control: Control, of = files): string[] => tryFixtures(control, of).flatMap(({ says }) => says);

test("a control that does what its fixtures say passes", () => {
  expect(said(workloadPrivileged)).toEqual([]);
});

test("one that never fires, always fires, fails or does not mend is found out", () => {
  expect(said({ ...workloadPrivileged, check: () => [] }).join()).toContain("does not fire");
  expect(said({ ...workloadPrivileged, check: () => [{ field: "spec", says: "no" }] }).join()).toContain(
    "fires unasked",
  );
  expect(said({ ...workloadPrivileged, check: () => "not-applicable" }).join()).toContain("looked at nothing");
  const broken = (): never => {
    throw new Error("it broke");
  };
  expect(said({ ...workloadPrivileged, check: broken }).join()).toContain("error: it broke");
  const idle = said({ ...workloadPrivileged, fix: () => ({ kind: "edits", edits: [] }) });
  expect(idle.join()).toContain("is not put right");
});

test("a control without fixtures has not been tried", () => {
  expect(said(workloadPrivileged, [])).toEqual(["has no bad fixture", "has no good fixture"]);
  expect(said(workloadPrivileged, [{ name: "other.yaml", text: "", objects: [] }])).toHaveLength(3);
});
