import { htmlText, markdownText, pageFont, plain } from "../report/markup.ts";
import type { Brief, BriefLine } from "./brief-page.ts";

const day = (time: string): string => time.slice(0, 10);
const heading = ({ of, since, at }: Brief): string => `Security brief of ${of}, ${day(since)} to ${day(at)}`;

const isAddress = (run: string): boolean => /^https:\/\/[^\s<>"']+$/.test(run);

/** Code in Markdown: more backticks around it than are in it. */
function markdownCode(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${plain(text)}${fence}` : `${fence} ${plain(text)} ${fence}`;
}

export function briefMarkdown(brief: Brief): string {
  const line = ({ text, run }: BriefLine): string =>
    `- ${markdownText(text)}${run === undefined ? "" : isAddress(run) ? ` <${run}>` : `\n  ${markdownCode(run)}`}`;
  return [
    `# ${markdownText(heading(brief))}`,
    ...brief.sections.flatMap(({ title, lines }) => ["", `## ${title}`, "", ...lines.map(line)]),
    "",
  ].join("\n");
}

/** How a terminal shows what matters; and how others' text is made harmless to it. */
export interface BriefStyle {
  readonly heading: (text: string) => string;
  readonly command: (text: string) => string;
  readonly clean: (text: string) => string;
}
const unstyled: BriefStyle = { heading: (text) => text, command: (text) => text, clean: plain };

const width = 100;

/** Breaks at spaces, so that a fact stands in a column. */
function folded(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + word.length + 1 > width - indent.length) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, indent + line];
}

/** The page as text: a heading a section, a line a fact, the command beneath it. */
export function briefText(brief: Brief, { heading: strong, command, clean }: BriefStyle = unstyled): string {
  return [
    strong(clean(heading(brief))),
    ...brief.sections.flatMap(({ title, lines }) => [
      "",
      strong(title),
      ...lines.flatMap(({ text, run }) => [
        ...folded(clean(text), "    ").map((line, index) => (index === 0 ? `  - ${line.trimStart()}` : line)),
        ...(run === undefined ? [] : [`      ${command(clean(run))}`]),
      ]),
    ]),
    "",
  ].join("\n");
}

/** A mail: styles inline, no script, nothing fetched. */
export function briefHtml(brief: Brief): string {
  const code = (run: string): string =>
    isAddress(run)
      ? `<br><a href="${htmlText(run)}">${htmlText(run)}</a>`
      : `<br><code style="background:#f2f4f7;padding:2px 6px;font:13px ui-monospace,monospace">${htmlText(run)}</code>`;
  const line = ({ text, run }: BriefLine): string =>
    `<li style="margin:0 0 10px;break-inside:avoid;overflow-wrap:anywhere">${htmlText(text)}${run === undefined ? "" : code(run)}</li>`;
  const sections = brief.sections.map(
    ({ title, lines }) =>
      `<h2 style="font-size:18px;margin:28px 0 10px;break-after:avoid">${htmlText(title)}</h2>\n<ul style="padding-left:20px;margin:0">\n${lines.map(line).join("\n")}\n</ul>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${htmlText(heading(brief))}</title>
<style>@page { size: A4; margin: 16mm 14mm; }</style></head>
<body style="margin:0 auto;max-width:720px;padding:24px;font:16px/1.5 ${pageFont};color:#1a2230;background:#ffffff">
<h1 style="font-size:22px;margin:0 0 4px">${htmlText(heading(brief))}</h1>
<p style="margin:0;color:#5b6675">For the ${htmlText(brief.role)}</p>
${sections.join("\n")}
</body>
</html>
`;
}
