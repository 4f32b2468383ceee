import type { CheckReport } from "../commands/check.ts";
import { harmless, paint } from "../output/print.ts";
import { becauseText, objectText } from "../output/verdict-text.ts";
import type { Judged } from "./judge-manifests.ts";

const answers = {
  passes: paint("green", "passes "),
  warned: paint("yellow", "warned "),
  refused: paint("red", "refused"),
} as const;

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

function judgedText({ file, line, object, answer, broken, lifted }: Judged): string {
  const head = `${answers[answer]}  ${paint("bold", harmless(objectText(object)))}  ${paint("dim", harmless(`${file}:${line}`))}`;
  return [
    head,
    ...broken.map((b) =>
      becauseText(
        b.field === undefined || b.line === 0 ? b : { ...b, field: `${b.field} (line ${b.line})` },
        b.level === "refused" ? "no" : "warn",
      ),
    ),
    ...lifted.map((b) => `  ${paint("yellow", "!")} ${harmless(b.says)}`),
  ].join("\n");
}

/** The report for a person: what is broken first, each rule with its field and command; then one line that counts. */
export function checkText(report: CheckReport): string {
  const { judged, problems, against, notes } = report;
  const broken = judged.filter((j) => j.answer !== "passes" || j.lifted.length > 0);
  const passing = judged.length - judged.filter((j) => j.answer !== "passes").length;
  const counts = [
    ...(["refused", "warned"] as const).flatMap((a) => {
      const n = judged.filter((j) => j.answer === a).length;
      return n === 0 ? [] : [`${n} ${a}`];
    }),
    `${passing} ${passing === 1 ? "passes" : "pass"}`,
    ...(problems.length === 0 ? [] : [plural(problems.length, "problem")]),
  ];
  return [
    ...broken.flatMap((j) => [judgedText(j), ""]),
    `${plural(judged.length, "object")}, ${plural(judged.filter((j) => j.makesPods).length, "of them with pods", "of them with pods")}: ${counts.join(", ")}. Judged against ${harmless(against)}.`,
    ...notes.map((note) => paint("dim", harmless(note))),
  ].join("\n");
}
