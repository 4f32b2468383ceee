import { expect, test } from "vitest";
import { controls } from "../posture/controls/index.ts";
import { exercises } from "./exercises.ts";
import { incidents } from "./incidents.ts";

test("every incident names controls and an exercise that there are, and where it can be read", () => {
  const ids = new Set(controls.map(({ id }) => id));
  const known = new Set(exercises.map(({ id }) => id));
  for (const { id, controls: against, exercise, source, says, stands } of incidents) {
    expect([id, against.filter((control) => !ids.has(control))]).toEqual([id, []]);
    expect([id, known.has(exercise)]).toEqual([id, true]);
    expect(against.length).toBeGreaterThan(1);
    expect(source).toMatch(/^https:\/\//);
    expect(`${says} ${stands}`).toMatch(/^\S.*\.$/);
  }
  expect(new Set(incidents.map(({ id }) => id)).size).toBe(incidents.length);
});

test("an exercise cleans up what it makes, and every role has some", () => {
  for (const { id, steps } of exercises) {
    const makes = steps.some(({ run }) => run.startsWith("kubectl create namespace"));
    expect([id, steps.at(-1)?.run.startsWith("kubectl delete namespace")]).toEqual([id, makes]);
  }
  for (const role of ["developer", "operator", "auditor"] as const)
    expect(exercises.filter(({ roles }) => roles.includes(role)).length).toBeGreaterThan(1);
});
