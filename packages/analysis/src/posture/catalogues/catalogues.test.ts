import { describe, expect, test } from "vitest";
import { controls } from "../controls/index.ts";
import { type FrameworkId, frameworks } from "../frameworks.ts";
import { coverageOf } from "./coverage.ts";
import { catalogues } from "./index.ts";

const ids = Object.keys(frameworks) as FrameworkId[];

describe.each(ids)("%s", (framework) => {
  const { requirements } = catalogues[framework];

  test("every requirement is there once, with a title of its own", () => {
    expect(new Set(requirements.map(({ id }) => id)).size).toBe(requirements.length);
    for (const { id, title } of requirements) {
      expect(id).toMatch(/^\S+$/);
      expect(title, id).toMatch(/^\S.{7,80}[^.]$/);
    }
  });

  test("every requirement that a control cites is in it", () => {
    const known = new Set(requirements.map(({ id }) => id));
    const strange = controls.flatMap((control) =>
      (control.frameworks[framework] ?? []).filter((id) => !known.has(id)).map((id) => `${control.id}: ${id}`),
    );
    expect(strange).toEqual([]);
  });

  test("no control cites a requirement twice", () => {
    for (const control of controls) {
      const cited = control.frameworks[framework] ?? [];
      expect(new Set(cited).size, control.id).toBe(cited.length);
    }
  });
});

test("how much of each framework has a control; a new control may only make it more", () => {
  for (const [framework, least, answerable, persons] of [
    ["pss", 19, 19, 0],
    ["nsa", 7, 7, 2],
    ["cis", 93, 125, 8],
    ["attack", 25, 34, 0],
    ["owasp", 10, 10, 0],
    ["nist", 15, 15, 9],
    ["pci", 9, 34, 216],
  ] as const) {
    const found = coverageOf(framework, controls);
    expect(found).toMatchObject({ answerable, persons });
    expect(found.answered, framework).toBeGreaterThanOrEqual(least);
    expect(found.gaps.length, framework).toBe(answerable - found.answered);
  }
});
