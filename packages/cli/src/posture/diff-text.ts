import { existsSync } from "node:fs";
import type { PostureStanding } from "@bulkhead/analysis";
import type { Look } from "../commands/posture.ts";
import { CommandFailure } from "../exit-codes.ts";
import { clean, cut, level } from "../image/words.ts";
import { columns, paint } from "../output/print.ts";
import { objectText } from "../output/verdict-text.ts";
import { besideBaseline, verdict } from "./screen-text.ts";

/** `--since` as a file. Throws CommandFailure for a time. */
export function sinceFile(word: string): string {
  if (existsSync(word)) return word;
  if (/^\d{4}-\d{2}-\d{2}/.test(word) || /^\d+[smhdw]$/.test(word))
    throw new CommandFailure(
      `--since ${word}: a time is not understood yet (it will be answered from the audit log); name a file of --write-baseline`,
    );
  throw new CommandFailure(`--since ${word}: there is no such file`);
}

const heads: readonly (readonly [PostureStanding, string])[] = [
  ["new", "New"],
  ["worse", "Graver than before"],
  ["expired", "Known, and its time is over"],
];

const readable = (id: string): string[] => {
  const [control = "", kind = "", name = "", place = ""] = id.split("|");
  return [`  ${control}`, clean(`${kind.slice(kind.indexOf("/") + 1)} ${name}`), clean(place)];
};

/** What came and what went. */
export function diffText(look: Look): string {
  const { compared, report } = look;
  const part = (is: PostureStanding, head: string): string[] => {
    const rows = report.findings.filter(({ id }) => compared?.standings.get(id)?.is === is);
    return rows.length === 0
      ? []
      : [
          paint("bold", head),
          columns(
            rows.map((f) => [`  ${level(f.severity)}`, f.control, clean(objectText(f.object)), cut(clean(f.says), 90)]),
          ),
          "",
        ];
  };
  const ids = (head: string, entries: readonly { readonly id: string }[]): string[] =>
    entries.length === 0 ? [] : [paint("bold", head), columns(entries.map(({ id }) => readable(id))), ""];
  return [
    ...heads.flatMap(([is, head]) => part(is, head)),
    ...ids(paint("green", "Gone"), compared?.gone ?? []),
    ...ids("Accepted since", compared?.accepted ?? []),
    ...ids("Was there, and nobody can say now", compared?.unseen ?? []),
    ...besideBaseline(look).map((line) => line.trimStart()),
    verdict(look),
  ].join("\n");
}
