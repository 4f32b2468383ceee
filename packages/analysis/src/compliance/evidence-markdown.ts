import { markdownText } from "../report/markup.ts";
import type { Evidence, FrameworkEvidence, RequirementEvidence } from "./evidence.ts";
import {
  becauseOf,
  claimOf,
  day,
  isSpokenOf,
  minute,
  notKnown,
  overLines,
  overWords,
  recordLines,
  scopeWords,
  spanWords,
  stateWords,
  summaryOf,
} from "./words.ts";

const cells = (texts: readonly string[]): string => `| ${texts.map(markdownText).join(" | ")} |`;

const row = (requirement: RequirementEvidence): string => {
  const { id, title, state, objects, since, over } = requirement;
  return cells([
    id,
    title,
    stateWords[state],
    `${objects.failing}/${objects.looked}`,
    since === undefined ? "" : day(since),
    becauseOf(requirement),
    ...(over === undefined ? [] : [`${spanWords[over.verdict]} ${overWords(over)}`.trim()]),
  ]);
};

function section(framework: FrameworkEvidence, isSpan: boolean): readonly string[] {
  const { title, version, note, requirements } = framework;
  const rest = (state: "gap" | "person", heading: string): readonly string[] => {
    const those = requirements.filter((each) => each.state === state && !isSpokenOf(each));
    return those.length === 0
      ? []
      : ["", `**${heading}** ${those.map((each) => markdownText(`${each.id} ${each.title}`)).join("; ")}`];
  };
  const rows = requirements.filter(isSpokenOf);
  return [
    "",
    `## ${markdownText(`${title} ${version}`)}`,
    "",
    `${markdownText(summaryOf(framework))}.${note === undefined ? "" : ` Mind: ${markdownText(note)}.`}`,
    ...(rows.length === 0
      ? []
      : [
          "",
          `| No. | Requirement | State | Fail/looked | Since | Because |${isSpan ? " Over the span |" : ""}`,
          `| --- | --- | --- | --- | --- | --- |${isSpan ? " --- |" : ""}`,
        ]),
    ...rows.map(row),
    ...rest("gap", "Gaps, which no control answers:"),
    ...rest("person", "For people to answer, and no control speaks of them:"),
  ];
}

/** Evidence as Markdown: what is not known before what is. */
export function evidenceMarkdown(evidence: Evidence): string {
  const open = notKnown(evidence);
  return [
    `# ${markdownText(`Compliance evidence of ${scopeWords(evidence)}, ${minute(evidence.at)}`)}`,
    "",
    ...claimOf(evidence).map(markdownText),
    "",
    "## What is not known",
    "",
    ...(open.length === 0
      ? ["Everything that controls ask for could be read."]
      : open.map((line) => `- ${markdownText(line)}`)),
    ...(evidence.over === undefined
      ? []
      : ["", "## Over the span", "", ...overLines(evidence).map((line) => `- ${markdownText(line)}`)]),
    ...evidence.frameworks.flatMap((framework) => section(framework, evidence.over !== undefined)),
    "",
    "## Proof",
    "",
    ...recordLines(evidence).map((line) => `- ${markdownText(line)}`),
    "",
  ].join("\n");
}
