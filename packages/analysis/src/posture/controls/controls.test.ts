import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { evaluateFixture, readFixture, written } from "../../testing/read-fixture.ts";
import { applyEdits } from "../fix/edit.ts";
import { frameworks } from "../frameworks.ts";
import { controls } from "./index.ts";

const folder = import.meta.dirname;
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test("every folder is a control that ships, and the other way round", () => {
  expect(controls.map(({ id }) => id).toSorted()).toEqual(folders.toSorted());
  expect(new Set(controls.map(({ title }) => title)).size).toBe(controls.length);
});

describe.each(controls.map((control) => [control.id, control] as const))("%s", (id, control) => {
  const fixtures = join(folder, id, "fixtures");
  const files = readdirSync(fixtures).filter((name) => name.endsWith(".yaml"));
  const named = (prefix: string) => files.filter((name) => name.startsWith(prefix));

  test("says what it is", () => {
    expect(control.title).toMatch(/^[A-Z].*[^.]$/);
    expect(control.attack.split(/(?<=\.) /)).toHaveLength(3);
    expect(control.severityBecause).toMatch(/^[a-z].*[^.]$/);
    expect(Object.keys(control.frameworks).length).toBeGreaterThan(0);
    for (const framework of Object.keys(control.frameworks)) expect(frameworks).toHaveProperty(framework);
    for (const prefix of ["bad", "good", "near"]) expect(named(prefix).length, prefix).toBeGreaterThan(0);
  });

  test.each(named("bad"))("fires where it must: %s", (file) => {
    const fixture = readFixture(join(fixtures, file));
    const evaluation = evaluateFixture(fixture, [control]);
    expect(evaluation.findings().map(written).toSorted()).toEqual(fixture.expected.toSorted());
    expect(fixture.expected.length).toBeGreaterThan(0);
    for (const { breach } of evaluation.findings()) expect(breach?.says).toMatch(/^.+[^.]$/);
    const ids = evaluation.findings().map((finding) => finding.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(named("bad"))("is put right by its fix, or says why it cannot be: %s", (file) => {
    const evaluation = evaluateFixture(readFixture(join(fixtures, file)), [control]);
    for (const finding of evaluation.findings()) {
      const fix = evaluation.fix(finding);
      if (fix.kind === "by-hand") {
        expect(fix.why.length).toBeGreaterThan(10);
        expect(fix.how.length).toBeGreaterThan(10);
        continue;
      }
      const again = evaluateFixture(readFixture(join(fixtures, file)), [control]);
      const delta = again.apply(applyEdits(again.objects, fix.edits));
      expect(delta.gone.map((gone) => gone.id)).toContain(finding.id);
      expect(delta.appeared.map(written)).toEqual([]);
    }
  });

  test.each([...named("good"), ...named("near")])("holds, and has looked: %s", (file) => {
    const evaluation = evaluateFixture(readFixture(join(fixtures, file)), [control]);
    expect(evaluation.findings().map(written)).toEqual([]);
    expect(evaluation.tallies()[0]?.passed).toBeGreaterThan(0);
  });

  test.each(named("unknown"))("says what it cannot know: %s", (file) => {
    const fixture = readFixture(join(fixtures, file));
    const evaluation = evaluateFixture(fixture, [control]);
    expect(evaluation.findings().map(({ outcome }) => outcome)).toEqual(fixture.unknown.map(() => "unknown"));
    expect(evaluation.findings().map(written).toSorted()).toEqual(fixture.unknown.toSorted());
    expect(fixture.unknown.length).toBeGreaterThan(0);
  });
});
