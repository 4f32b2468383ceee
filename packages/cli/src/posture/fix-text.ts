import { type Finding, planDiffs } from "@bulkhead/analysis";
import type { Fixes } from "../commands/posture-fix.ts";
import { clean, level, plural, title } from "../image/words.ts";
import { harmless, paint } from "../output/print.ts";
import { objectText } from "../output/verdict-text.ts";
import { wrapped } from "../output/wrapped.ts";
import type { FixGroup, GroupResult } from "./fix/run-plan.ts";

const most = 40;

const findingLine = ({ control, object, breach }: Finding): string =>
  `${level(control.severity)}  ${control.id}  ${clean(objectText(object))}${breach?.key === undefined ? "" : ` (${clean(breach.key)})`}`;

const painted = (line: string): string =>
  line.startsWith("+") && !line.startsWith("+++")
    ? paint("green", line)
    : line.startsWith("-") && !line.startsWith("---")
      ? paint("red", line)
      : line.startsWith("@@")
        ? paint("cyan", line)
        : line;

function section(
  head: string,
  findings: readonly { readonly finding: Finding; readonly lines: readonly string[] }[],
): string[] {
  if (findings.length === 0) return [];
  return [
    title(`${head}: ${findings.length}`),
    ...findings
      .slice(0, most)
      .flatMap(({ finding, lines }) => [
        `  ${findingLine(finding)}`,
        ...lines.flatMap((line) => wrapped(line, "      ", 112)),
      ]),
    ...(findings.length > most ? [paint("dim", `  and ${findings.length - most} more: -o json has all`)] : []),
  ];
}

/** The plan: the diff, then the fate of every finding. */
export function planText({ plan, notOurs }: Fixes): string {
  const diffs = planDiffs(plan.documents).map(({ text }) => text);
  const fixed = plan.planned.flatMap((each) => (each.kind === "fixed" ? [each] : []));
  const byHand = plan.planned.flatMap((each) => (each.kind === "by-hand" ? [each] : []));
  const breaks = plan.planned.flatMap((each) => (each.kind === "would-break" ? [each] : []));
  return [
    ...diffs.flatMap((text) => harmless(text).trimEnd().split("\n").map(painted)),
    ...section(
      "Put right",
      fixed.map(({ finding, mind }) => ({ finding, lines: mind === undefined ? [] : [`mind: ${mind}`] })),
    ),
    ...section(
      "Would break something, and is left out (--even-if-it-breaks takes it in)",
      breaks.map(({ finding, breaks: what }) => ({ finding, lines: [what] })),
    ),
    ...section(
      "Not ours to change",
      notOurs.map(({ finding, why }) => ({ finding, lines: [why] })),
    ),
    ...section(
      "By hand",
      byHand.map(({ finding, why, how }) => ({ finding, lines: [`why: ${why}`, `how: ${how}`] })),
    ),
    ...section(
      "Would fail only then",
      plan.appeared.map((finding) => ({ finding, lines: [finding.breach?.says ?? ""] })),
    ),
    "",
    `${plural(fixed.length, "finding")} would be put right by ${plural(plan.documents.length, "changed object")}; ${byHand.length + notOurs.length} by hand, ${breaks.length} would break something.`,
  ].join("\n");
}

const named = ({ documents }: FixGroup): string => documents.map(({ object }) => clean(objectText(object))).join(", ");

/** What became of one part of a plan. */
export function resultLine(result: GroupResult): string {
  const { group } = result;
  const n = plural(group.findings.length, "finding");
  switch (result.is) {
    case "kept":
      return `${paint("green", "kept       ")}  ${named(group)}: ${n} gone, all stayed well`;
    case "kept-in-vain":
      return `${paint("yellow", "kept       ")}  ${named(group)}: all stayed well, but still there: ${result.left.map(clean).join(", ")}`;
    case "taken-back":
      return `${paint("yellow", "taken back ")}  ${named(group)}: ${clean(result.why)}`;
    case "left-hurt":
      return `${paint("red", "not well   ")}  ${named(group)}: ${clean(result.why)}; not taken back: ${result.objects.map(clean).join(", ")}`;
    case "not-put-in":
      return `${paint("red", "not put in ")}  ${named(group)}: ${clean(result.why)}`;
  }
}
