import type { Because, Verdict } from "../verdict.ts";

/** One reason on one line: where, what, the value that would pass, and the command that allows it for a while. */
export const reasonLine = ({ field, says, passing, command }: Because): string =>
  [
    field === undefined ? says : `${field}: ${says}`,
    ...(passing === undefined ? [] : [`would pass: ${passing}`]),
    ...(command === undefined ? [] : [`to allow it for a while: ${command}`]),
  ]
    .join("; ")
    .replaceAll(/\s*[\n\r]+\s*/g, " ");

/** One kubectl warning a broken rule; none for what is allowed. */
export const toWarnings = (verdict: Verdict<string>): string[] =>
  verdict.decision === "allow" ? [] : verdict.because.map(reasonLine);

/** The reasons under one another, for a condition or an error. */
export const toMessage = (verdict: Verdict<string>): string => verdict.because.map(reasonLine).join("\n");
