import type { KubeObject } from "@bulkhead/api";
import type { Control } from "../control.ts";
import type { Finding } from "../evaluate.ts";
import { applyEdits } from "../fix/edit.ts";
import { evaluateFixture, type Fixture, fixtureOf, written } from "./fixture.ts";

/** What a fixture is for: `bad` fires and is put right, `good` and `near` hold, `unknown` cannot be said. */
export type FixtureRole = "bad" | "good" | "near" | "unknown";

/** A fixture's file, read and decoded by whoever reads files. */
export interface FixtureFile {
  /** For people: its path. Its last part begins with its role: `bad-sidecar.yaml`. */
  readonly name: string;
  readonly text: string;
  readonly objects: readonly KubeObject[];
}

/** How one fixture came out; nothing said: as it should. */
export interface FixtureResult {
  readonly name: string;
  readonly control: string;
  readonly says: readonly string[];
}

const roles: readonly FixtureRole[] = ["bad", "good", "near", "unknown"];

const roleOf = (name: string): FixtureRole | undefined =>
  roles.find((role) => name.slice(name.lastIndexOf("/") + 1).startsWith(role));

/**
 * Holds a control against its fixtures, as ours are held against theirs. A control without a bad and a good one has not
 * been tried, which is a failure too.
 */
export function tryFixtures(control: Control, files: readonly FixtureFile[]): readonly FixtureResult[] {
  const results = files.map(({ name, text, objects }): FixtureResult => {
    const role = roleOf(name);
    const says =
      role === undefined
        ? [`begins with none of ${roles.join(", ")}`]
        : role === "bad"
          ? bad(control, fixtureOf(text, objects))
          : role === "unknown"
            ? unknown(control, fixtureOf(text, objects))
            : good(control, fixtureOf(text, objects));
    return { name, control: control.id, says };
  });
  const missing = (["bad", "good"] as const).filter((role) => !files.some(({ name }) => roleOf(name) === role));
  return missing.length === 0
    ? results
    : [...results, { name: "", control: control.id, says: missing.map((role) => `has no ${role} fixture`) }];
}

const describe = (finding: Finding): string =>
  finding.outcome === "fail" ? written(finding) : `${written(finding)} (${finding.outcome}: ${finding.why ?? ""})`;

function difference(expected: readonly string[], found: readonly Finding[]): readonly string[] {
  const seen = new Set(found.map(written));
  const wanted = new Set(expected);
  return [
    ...expected.filter((line) => !seen.has(line)).map((line) => `does not fire: ${line}`),
    ...found.filter((finding) => !wanted.has(written(finding))).map((finding) => `fires unasked: ${describe(finding)}`),
  ];
}

function bad(control: Control, fixture: Fixture): readonly string[] {
  const evaluation = evaluateFixture(fixture, [control]);
  if (fixture.expected.length === 0) return ["has no # expect: line"];
  const wrong = difference(fixture.expected, evaluation.findings());
  if (wrong.length > 0) return wrong;
  return evaluation.findings().flatMap((finding) => {
    const fix = evaluation.fix(finding);
    if (fix.kind === "by-hand") return [];
    return evaluation.trial(applyEdits(evaluation.objects, fix.edits), ({ gone, appeared }) => [
      ...(gone.some(({ id }) => id === finding.id) ? [] : [`is not put right by its fix: ${written(finding)}`]),
      ...appeared.map((each) => `comes with the fix: ${describe(each)}`),
    ]);
  });
}

function good(control: Control, fixture: Fixture): readonly string[] {
  const evaluation = evaluateFixture(fixture, [control]);
  const wrong = difference([], evaluation.findings());
  if (wrong.length > 0) return wrong;
  return (evaluation.tallies()[0]?.passed ?? 0) > 0 ? [] : ["looked at nothing in it"];
}

function unknown(control: Control, fixture: Fixture): readonly string[] {
  const found = evaluateFixture(fixture, [control]).findings();
  if (fixture.unknown.length === 0) return ["has no # unknown: line"];
  return [
    ...difference(fixture.unknown, found),
    ...found.filter(({ outcome }) => outcome !== "unknown").map((finding) => `is not unknown: ${describe(finding)}`),
  ];
}
