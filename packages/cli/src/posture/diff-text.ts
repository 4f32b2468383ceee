import { existsSync } from "node:fs";
import type { PostureStanding } from "@bulkhead/analysis";
import { momentOf } from "../audit/filter.ts";
import type { Look } from "../commands/posture.ts";
import { CommandFailure } from "../exit-codes.ts";
import { clean, cut, level } from "../image/words.ts";
import { columns, paint } from "../output/print.ts";
import { objectText } from "../output/verdict-text.ts";
import { besideBaseline, verdict } from "./screen-text.ts";

/** `--since` as a file, or else as a time in milliseconds since the epoch. Throws CommandFailure. */
export function sinceOf(word: string, now: number): { readonly file: string } | { readonly time: number } {
  if (existsSync(word)) return { file: word };
  // What looks like no time is rather a file that is not there.
  if (!/^\d{4}-|^\d+[a-z]?$/.test(word))
    throw new CommandFailure(
      `--since ${word}: there is no such file, and it is no time (7d, 24h, 2026-12-01T00:00:00Z)`,
    );
  const time = momentOf("--since", word, now).getTime();
  if (time > now) throw new CommandFailure(`--since ${word}: that is not over yet`);
  return { time };
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
