import type { Because, TrafficEnd } from "@bulkhead/policy";
import type { WhyAccessReport, WhyPodReport, WhyTrafficReport } from "../commands/why.ts";
import { harmless, paint } from "../output/print.ts";
import { answerLine, becauseText, objectText } from "../output/verdict-text.ts";
import { questionText } from "./access-question.ts";

const notesText = (notes: readonly string[]): string[] =>
  notes.map((note) => `  ${paint("dim", `note: ${harmless(note)}`)}`);

/** The first reason decides; the others are near it, or would do. */
const markOf = (decision: "allow" | "deny", index: number): "yes" | "no" | "none" =>
  decision === "allow" ? "yes" : index === 0 ? "no" : "none";

/** Each end refuses for itself; what is only near is no refusal. */
const trafficMark = (decision: "allow" | "deny", { rule }: Because): "yes" | "no" | "none" =>
  decision === "allow" ? "yes" : rule === "other-port" ? "none" : "no";

/** `bulkhead why access` for a person. */
export function accessText({ question, decision, because, notes }: WhyAccessReport): string {
  const { user } = question;
  const groups = user.groups.length === 0 ? "" : ` (${user.groups.join(", ")})`;
  return [
    decision === "allow"
      ? answerLine("yes", `${user.name} may ${questionText(question)}`)
      : answerLine("no", `${user.name} may not ${questionText(question)}`),
    `     ${paint("dim", harmless(`asked as ${user.name}${groups}`))}`,
    ...because.map((b, i) => `\n${becauseText(b, markOf(decision, i))}`),
    ...(notes.length === 0 ? [] : ["", ...notesText(notes)]),
  ].join("\n");
}

const endText = (end: TrafficEnd): string => ("pod" in end ? end.pod : end.ip);

/** `bulkhead why traffic` for a person: the deciding reasons, then every pair where there are several. */
export function trafficText(report: WhyTrafficReport): string {
  const { from, to, port, decision, because, pairs, notes } = report;
  const refused = pairs.filter((p) => p.verdict.decision === "deny");
  const some = refused.length > 0 && refused.length < pairs.length;
  const shown = pairs.slice(0, 12);
  return [
    decision === "allow"
      ? answerLine("yes", `${from} may connect to ${to}, port ${port}`)
      : answerLine(
          "no",
          `${from} may not connect to ${to}, port ${port}${some ? ` (${refused.length} of ${pairs.length} connections)` : ""}`,
        ),
    ...because.map((b) => `\n${becauseText(b, trafficMark(decision, b))}`),
    ...(pairs.length < 2
      ? []
      : [
          "",
          ...shown.map((p) => {
            const mark = p.verdict.decision === "allow" ? paint("green", "passes ") : paint("red", "refused");
            return `  ${mark}  ${harmless(`${endText(p.from)} → ${endText(p.to)} ${p.protocol} ${p.port}`)}`;
          }),
          ...(pairs.length > shown.length ? [`  … and ${pairs.length - shown.length} more`] : []),
        ]),
    ...(notes.length === 0 ? [] : ["", ...notesText(notes)]),
  ].join("\n");
}

/** `bulkhead why pod` for a person. */
export const podText = ({ judged, notes }: WhyPodReport): string =>
  [
    ...judged.flatMap((j) => [
      answerLine(
        j.answer === "refused" ? "no" : j.answer === "warned" ? "warn" : "yes",
        j.answer === "refused"
          ? `${objectText(j.object)}: its pods may not run`
          : `${objectText(j.object)}: its pods may run`,
      ),
      ...j.broken.map((b) => `\n${becauseText(b, b.level === "refused" ? "no" : "warn")}`),
      ...(j.answer === "refused" ? [] : j.passes.map((b) => `\n${becauseText(b, "yes")}`)),
      ...j.lifted.map((b) => `\n${becauseText(b, "warn")}`),
      "",
    ]),
    ...notesText(notes),
  ]
    .join("\n")
    .trimEnd();
