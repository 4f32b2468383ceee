import type { OutgoingHttpHeaders } from "node:http";

/** Bounds of what a client is told beside the answer (upstream cuts at the same sizes). */
const maxTotal = 4096;
const maxOne = 256;

const cut = (text: string, length: number): string => (text.length <= length ? text : text.slice(0, length));

/** Control characters would end the header or confuse a terminal (CVE-2021-25743). */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, " ");

const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** `Warning: 299 - "text"`, one header a warning; beyond the total they are shortened, then left out. */
export function warningHeaders(warnings: readonly string[]): OutgoingHttpHeaders {
  if (warnings.length === 0) return {};
  const total = warnings.reduce((size, text) => size + text.length, 0);
  const headers: string[] = [];
  let used = 0;
  for (const text of warnings) {
    const shown = encodeHeader(printable(total > maxTotal ? cut(text, maxOne) : text));
    used += shown.length;
    if (used > maxTotal) break;
    headers.push(`299 - ${quoted(shown)}`);
  }
  return { Warning: headers };
}

/** Header values are Latin-1: what is beyond leaves as UTF-8 bytes, as Go sends it. */
const encodeHeader = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
