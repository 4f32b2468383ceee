import { type Finding, type FindingLevel, findingLevels, worstLine } from "@bulkhead/host";
import type { DoctorReport } from "../commands/doctor.ts";
import { harmless, paint } from "../output/print.ts";

const marks: Readonly<Record<FindingLevel, () => string>> = {
  escape: () => paint(["red", "bold"], "✗ escape  "),
  prevents: () => paint("red", "✗ prevents"),
  warning: () => paint("yellow", "! warning "),
  note: () => paint("cyan", "· note    "),
  fine: () => paint("green", "✓ fine    "),
};

function findingText({ level, what, consequence, whatToDo }: Finding): string {
  const indent = " ".repeat(12);
  const grave = level === "escape" || level === "prevents";
  return [
    `${marks[level]()}  ${grave ? paint("bold", harmless(what)) : harmless(what)}`,
    `${indent}${paint("dim", harmless(consequence))}`,
    ...(whatToDo === undefined ? [] : [`${indent}→ ${harmless(whatToDo)}`]),
  ].join("\n");
}

/** `bulkhead doctor` for a person: the gravest first, what is as it should be last. */
export function doctorText({ root, runs, findings }: DoctorReport): string {
  const counted = worstLine(findings);
  const answer = runs
    ? `Bulkhead runs here${counted === undefined ? ", with nothing to warn of" : ""}.`
    : paint("red", "Bulkhead does not run here until what prevents it is put right.");
  return [
    ...findingLevels.flatMap((level) => {
      const of = findings.filter((f) => f.level === level);
      return of.length === 0 ? [] : [...of.map(findingText), ""];
    }),
    `${answer} ${paint("dim", `Looked at for ${root}.`)}`,
  ].join("\n");
}
