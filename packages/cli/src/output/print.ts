import { stripVTControlCharacters, styleText } from "node:util";
import { CommandFailure } from "../exit-codes.ts";

export type OutputFormat = "text" | "json" | "yaml";

/** `-o` as given; throws on another word. */
export function outputFormat(word: string | undefined): OutputFormat {
  if (word === undefined || word === "text") return "text";
  if (word === "json" || word === "yaml") return word;
  throw new CommandFailure(`-o ${word}: choose json or yaml (or leave it out for text)`);
}

let stringify: typeof import("yaml").stringify | undefined;

/** Loads what a format takes, once, before anything is written in it: the writer of YAML is more than half of what starts. */
export async function readyFor(format: unknown): Promise<void> {
  if (format === "yaml") ({ stringify } = await import("yaml"));
}

/** What steers a terminal, or turns the order of what it shows: control characters of both sets, bidirectional marks. */
const steering = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Steering characters in JSON stand in strings only: line breaks between its parts aside. */
const escaped = (json: string): string =>
  json.replace(steering, (c) => (c === "\n" ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`));

/** One line of JSON that steers no terminal. */
export const jsonLine = (value: unknown): string => `${escaped(JSON.stringify(value))}\n`;

/** A value as a JSON or YAML document that steers no terminal. YAML takes `readyFor` before. */
export function documentText(value: unknown, format: "json" | "yaml"): string {
  const json = (): string => `${escaped(JSON.stringify(value, undefined, 2))}\n`;
  if (format === "json") return json();
  if (stringify === undefined) throw new TypeError("nobody made ready for YAML");
  const yaml = stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
  // Not every style of YAML can escape; JSON is YAML too.
  return yaml.replaceAll("\n", "").search(steering) < 0 ? yaml : json();
}

/** Writes a value as JSON or YAML, or as the text that `text` makes of it. */
export function print<T>(value: T, format: OutputFormat, text: (value: T) => string): void {
  const out = format === "text" ? text(value) : documentText(value, format);
  process.stdout.write(out.endsWith("\n") ? out : `${out}\n`);
}

type Style = "red" | "green" | "yellow" | "bold" | "dim" | "cyan";

/** Colours text where standard output is a terminal and NO_COLOR is unset. */
export function paint(style: Style | Style[], text: string): string {
  return process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined ? styleText(style, text) : text;
}

/** Replaces what steers a terminal, line breaks aside: what an object says must not (CVE-2021-25743). */
export const harmless = (text: string): string =>
  text.replace(steering, (c) => (c === "\n" || c === "\t" ? c : "\ufffd"));

/** Columns of text, two spaces apart, as wide as their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, visible(cell))));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell + " ".repeat((widths[i] ?? 0) - visible(cell))))
        .join("  "),
    )
    .join("\n");
}

/** How wide a cell shows: colour codes are not seen. */
const visible = (cell: string): number => stripVTControlCharacters(cell).length;
