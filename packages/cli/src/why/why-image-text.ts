import type { WhyImageReport } from "../commands/why-image.ts";
import { harmless, paint } from "../output/print.ts";
import { answerLine, becauseText } from "../output/verdict-text.ts";

const answers = {
  allow: ["yes", "may run"],
  warn: ["warn", "may run"],
  hold: ["warn", "may be, and starts when it is scanned,"],
  deny: ["no", "may not run"],
} as const;

/** `bulkhead why image` for a person. */
export function imageText(report: WhyImageReport): string {
  const { image, namespace, decision, because, lifted, audited, notes } = report;
  const [answer, may] = answers[decision];
  const others = [...lifted, ...audited].filter((b) => !because.includes(b));
  return [
    answerLine(answer, `${image} ${may} in Namespace ${namespace}`),
    ...because.map(
      (b, i) =>
        `\n${becauseText(b, decision === "allow" ? "yes" : i === 0 ? (decision === "deny" ? "no" : "warn") : "none")}`,
    ),
    ...others.map((b) => `\n${becauseText(b, "warn")}`),
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => `  ${paint("dim", `note: ${harmless(note)}`)}`)]),
  ].join("\n");
}
