import type { ObjectRef } from "@bulkhead/api";
import type { Because } from "@bulkhead/policy";
import { harmless, paint } from "./print.ts";

/** `Role shop/reader`. */
export const objectText = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === undefined || namespace === "" ? "" : `${namespace}/`}${name}`;

const labels = { by: "by", field: "field", rule: "rule", passing: "would pass", command: "allow it" } as const;
const width = Math.max(...Object.values(labels).map((l) => l.length));

const marks = {
  yes: () => `${paint("green", "✓")} `,
  warn: () => `${paint("yellow", "!")} `,
  no: () => `${paint("red", "✗")} `,
  none: () => "  ",
} as const;

/** One reason: what it says, then where it stands, which value would pass, and the command. */
export function becauseText(because: Because, mark: keyof typeof marks = "none", indent = "  "): string {
  const { object, field, rule, says, passing, command } = because;
  const row = (label: keyof typeof labels, text: string): string =>
    `${indent}    ${paint("dim", labels[label].padEnd(width))}  ${label === "command" ? paint("cyan", harmless(text)) : harmless(text)}`;
  return [
    `${indent}${marks[mark]()}${harmless(says)}`,
    ...(object === undefined ? [] : [row("by", objectText(object))]),
    ...(field === undefined ? [] : [row("field", field)]),
    ...(rule === undefined ? [] : [row("rule", rule)]),
    ...(passing === undefined ? [] : [row("passing", passing)]),
    ...(command === undefined ? [] : [row("command", command)]),
  ].join("\n");
}

/** The answer in a word, and to what. */
export const answerLine = (answer: "yes" | "warn" | "no", sentence: string): string => {
  const words = {
    yes: paint(["green", "bold"], "yes"),
    warn: paint(["yellow", "bold"], "yes, but"),
    no: paint(["red", "bold"], "no"),
  };
  return `${words[answer]}  ${harmless(sentence)}`;
};
