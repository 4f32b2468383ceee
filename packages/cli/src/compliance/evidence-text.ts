import {
  becauseOf,
  claimOf,
  day,
  type Evidence,
  type FrameworkEvidence,
  isSpokenOf,
  minute,
  notKnown,
  overLines,
  overWords,
  type RequirementEvidence,
  type RequirementState,
  recordLines,
  type SpanVerdict,
  scopeWords,
  spanWords,
  stateWords,
  summaryOf,
} from "@bulkhead/analysis";
import { clean, cut, plural } from "../image/words.ts";
import { columns, harmless, paint } from "../output/print.ts";
import { wrapped } from "../output/wrapped.ts";

const colours: Readonly<Record<RequirementState, "red" | "yellow" | "green" | "dim">> = {
  "not-met": "red",
  partly: "red",
  unknown: "yellow",
  accepted: "yellow",
  met: "green",
  "no-object": "dim",
  gap: "dim",
  person: "dim",
};
const word = (state: RequirementState): string => paint(colours[state], stateWords[state]);
const spanColours: Readonly<Record<SpanVerdict, "red" | "yellow" | "green" | "dim">> = {
  held: "green",
  broken: "red",
  unknown: "yellow",
  accepted: "yellow",
  "no-object": "dim",
  gap: "dim",
  person: "dim",
};
const spanWord = (verdict: SpanVerdict): string => paint(spanColours[verdict], spanWords[verdict]);
const heads = (words: readonly string[]): string[] => words.map((each) => paint("dim", each));

const order: readonly RequirementState[] = [
  "met",
  "partly",
  "not-met",
  "accepted",
  "unknown",
  "no-object",
  "gap",
  "person",
];

const row = (requirement: RequirementEvidence): string[] => {
  const { id, title, state, objects, since, over } = requirement;
  return [
    id,
    word(state),
    clean(title),
    `${objects.failing}/${objects.looked}`,
    since === undefined ? "" : day(since),
    ...(over === undefined ? [] : [`${spanWord(over.verdict)} ${clean(overWords(over))}`.trim()]),
    cut(clean(becauseOf(requirement)), 100),
  ];
};

function frameworkText(framework: FrameworkEvidence): string[] {
  const { title, version, note, requirements } = framework;
  const rows = requirements.filter(isSpokenOf);
  const rest = (state: "gap" | "person", says: string): string[] => {
    const those = requirements.filter((each) => each.state === state && !isSpokenOf(each));
    return those.length === 0
      ? []
      : ["", paint("dim", `${says} (${those.length}):`), ...wrapped(those.map(({ id }) => id).join(", "), "  ")];
  };
  return [
    "",
    paint("bold", `${title} ${version}`),
    ...wrapped(`${summaryOf(framework)}.`, ""),
    ...(note === undefined ? [] : wrapped(`Mind: ${note}.`, "")),
    "",
    columns([
      heads([
        "NO.",
        "STATE",
        "REQUIREMENT",
        "FAIL/LOOKED",
        "SINCE",
        ...(rows.some(({ over }) => over !== undefined) ? ["OVER THE SPAN"] : []),
        "BECAUSE",
      ]),
      ...rows.map(row),
    ]),
    ...rest("gap", "Gaps, which a machine could answer and no control does"),
    ...rest("person", "For people to answer, and no control speaks of them"),
  ];
}

/** Evidence for a terminal: one framework by its requirements, several in a line each. */
export function evidenceText(evidence: Evidence): string {
  const { frameworks, at } = evidence;
  const [only, ...others] = frameworks;
  const open = notKnown(evidence).map((line) => `  - ${cut(clean(line), 160)}`);
  const head = paint("bold", harmless(`Compliance evidence of ${scopeWords(evidence)}, ${minute(at)}`));
  const table =
    only !== undefined && others.length === 0
      ? frameworkText(only)
      : [
          "",
          columns([
            heads(["FRAMEWORK", "", ...order.map((state) => stateWords[state].toUpperCase())]),
            ...frameworks.map(({ id, title, version, counts }) => [
              id,
              `${title} ${version}`,
              ...order.map((state) => String(counts[state])),
            ]),
          ]),
          "",
          "bulkhead compliance FRAMEWORK shows its requirements.",
        ];
  return [
    head,
    ...claimOf(evidence).flatMap((line) => wrapped(line, "")),
    ...(open.length === 0
      ? []
      : ["", paint("yellow", `Not known (${plural(open.length, "line")}):`), ...open.map((line) => harmless(line))]),
    ...(evidence.over === undefined
      ? []
      : ["", paint("bold", "Over the span"), ...overLines(evidence).flatMap((line) => wrapped(line, "  "))]),
    ...table,
    "",
    ...recordLines(evidence).flatMap((line) => wrapped(line, "").map((each) => paint("dim", each))),
  ].join("\n");
}
