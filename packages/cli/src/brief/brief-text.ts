import type { Brief } from "@bulkhead/analysis";
import { harmless, paint } from "../output/print.ts";
import { wrapped } from "../posture/card-text.ts";

/** The page for a terminal: a heading a section, a line a fact, the command beneath it. */
export function briefText({ of, since, at, sections }: Brief): string {
  const head = `Security brief of ${of}, ${since.slice(0, 10)} to ${at.slice(0, 10)}`;
  return [
    paint("bold", harmless(head)),
    ...sections.flatMap(({ title, lines }) => [
      "",
      paint("bold", title),
      ...lines.flatMap(({ text, run }) => [
        ...wrapped(harmless(text), "    ").map((line, index) => (index === 0 ? `  - ${line.trimStart()}` : line)),
        ...(run === undefined ? [] : [`      ${paint("cyan", harmless(run))}`]),
      ]),
    ]),
  ].join("\n");
}
