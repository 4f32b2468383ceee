import fc from "fast-check";
import { expect, test } from "vitest";
import { AnswerError, parseAnswer, parseBesideAnswer, parseLayoutAnswer } from "./answer.ts";

const nothing = { findings: [], sources: [], endOfLife: [], misconfigurations: [], secrets: [], blindSpots: [] };
const answer = { packages: 1, executables: 2, explained: 1, sources: [], facts: nothing };
const finding = { id: "CVE-1", aliases: [], package: "a 1", severity: "high" };
const parse = (value: unknown) => parseAnswer(Buffer.from(JSON.stringify(value)));
const withFacts = (facts: object) => ({ ...answer, facts: { ...nothing, ...facts } });

test("an answer is read, and what it holds beyond is left behind", () => {
  const whole = {
    ...withFacts({ findings: [{ ...finding, fixedVersion: "2", extra: 1 }] }),
    distribution: "Debian",
    x: 1,
  };
  const { x: _, ...read } = whole;
  expect(parse(whole)).toEqual({ ...read, facts: { ...nothing, findings: [{ ...finding, fixedVersion: "2" }] } });
  expect(parse({ failed: "broken layer" })).toEqual({ failed: "broken layer" });
});

test.each([
  ["no JSON", undefined],
  ["a list", []],
  ["a count below zero", { ...answer, packages: -1 }],
  ["a count that is none", { ...answer, packages: 1.5 }],
  ["a severity of its own", withFacts({ findings: [{ ...finding, severity: "fatal" }] })],
  ["escapes for a terminal", withFacts({ findings: [{ ...finding, id: "\u001b[2J" }] })],
  ["a line too many", withFacts({ findings: [{ ...finding, package: "a\nb" }] })],
  ["a text without end", { ...answer, distribution: "a".repeat(513) }],
  ["more findings than any", withFacts({ findings: Array.from({ length: 4002 }, () => finding) })],
  ["exploited, perhaps", withFacts({ findings: [{ ...finding, exploited: 1 }] })],
  ["facts that are missing", { ...answer, facts: { findings: [] } }],
])("%s is no answer", (_, value) => {
  expect(() => (value === undefined ? parseAnswer(Buffer.from("{")) : parse(value))).toThrow(AnswerError);
});

test("an image's layout is digests alone, and of what lies beside it only how much it is", () => {
  const of = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  const digest = `sha256:${"a".repeat(64)}`;
  const layout = { manifest: digest, config: digest, layers: [digest] };
  expect(parseLayoutAnswer(of({ ...layout, more: 1 }))).toEqual(layout);
  expect(parseLayoutAnswer(of({ wanted: digest }))).toEqual({ wanted: digest });
  for (const other of ["../../etc/passwd", `${digest}\n`, "sha256:", 1])
    for (const bad of [{ wanted: other }, { ...layout, manifest: other }, { ...layout, layers: [other] }])
      expect(() => parseLayoutAnswer(of(bad)), JSON.stringify(bad)).toThrow(AnswerError);
  const beside = { carried: 1, failures: 0, unanswered: false };
  expect(parseBesideAnswer(of({ ...beside, whole: {} }))).toEqual(beside);
  expect(() => parseBesideAnswer(of({ ...beside, carried: "1" }))).toThrow(AnswerError);
});

test("whatever comes, it is an answer or an AnswerError", () => {
  const property = fc.property(fc.jsonValue(), (value) => {
    for (const read of [parseAnswer, parseLayoutAnswer, parseBesideAnswer])
      try {
        read(Buffer.from(JSON.stringify(value)));
      } catch (error) {
        if (!(error instanceof AnswerError)) throw error;
      }
  });
  fc.assert(property);
});
