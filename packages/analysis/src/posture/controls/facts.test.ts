import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { evaluateFixture, readFixture, written } from "../../testing/read-fixture.ts";
import { controls } from "./index.ts";

interface FactObject extends KubeObject {
  readonly facts: Readonly<Record<string, unknown>>;
}

const ofFacts = controls.filter(({ kinds }) => kinds.some(({ key }) => key.startsWith("facts.bulkhead.dev/")));
const areas = ["control-plane", "node", "runtime", "registry", "backups", "audit"];
const folder = import.meta.dirname;
const fixtureOf = (id: string, name: string): ReturnType<typeof readFixture> =>
  readFixture(join(folder, id, "fixtures", name));

/** Facts put over others: settings within one fact (sysctls, a kubelet's) one by one, everything else whole. */
function over(below: FactObject["facts"], above: FactObject["facts"]): FactObject["facts"] {
  const merged = Object.entries(above).map(([name, fact]) => {
    const [a, b] = [below[name], fact].map((one) => (one as { value?: unknown } | undefined)?.value);
    const both = [a, b].every((value) => typeof value === "object" && value !== null && !Array.isArray(value));
    return [name, both ? { ...(fact as object), value: { ...(a as object), ...(b as object) } } : fact];
  });
  return { ...below, ...Object.fromEntries(merged) };
}

/** All that is good of one kind at once, of every control's good fixture. */
const good = new Map<string, FactObject>();
for (const { id } of ofFacts) {
  const [object] = fixtureOf(id, "good.yaml").objects as readonly FactObject[];
  if (object === undefined) throw new Error(`${id} has no good object`);
  const before = good.get(object.kind);
  good.set(object.kind, { ...object, facts: over(before?.facts ?? {}, object.facts) });
}

const atFixed = "2026-11-21T00:00:00Z";
const answers = (objects: readonly KubeObject[]): string[] => {
  const base = fixtureOf("node-clock", "good.yaml");
  return evaluateFixture({ ...base, objects, now: Date.parse(atFixed) }, controls)
    .findings()
    .map((finding) => `${finding.outcome} ${written(finding)}`)
    .toSorted();
};

test("every control over facts stands in an area of facts, and facts that are all good break none", () => {
  for (const { area } of ofFacts) expect(areas).toContain(area);
  expect(answers([...good.values()])).toEqual([]);
});

test("nothing passes where nobody could look", () => {
  const objects = [...good.values()].map((object) => ({ ...object, facts: {} }));
  const evaluation = evaluateFixture({ ...fixtureOf("node-clock", "good.yaml"), objects }, ofFacts);
  expect(evaluation.tallies().filter(({ unknown }) => unknown !== 1)).toEqual([]);
});

describe("one fault in good facts fires one control", () => {
  const faults = ofFacts.flatMap(({ id }) =>
    readdirSync(join(folder, id, "fixtures"))
      .filter((name) => name.startsWith("bad"))
      .map((name) => [id, name] as const),
  );
  test.each(faults)("%s/%s", (id, name) => {
    const fixture = fixtureOf(id, name);
    const objects = (fixture.objects as readonly FactObject[]).map((object) => ({
      ...object,
      facts: over(good.get(object.kind)?.facts ?? {}, object.facts),
    }));
    expect(answers(objects)).toEqual(fixture.expected.map((line) => `fail ${line}`).toSorted());
  });
});
