import type { PostureFinding } from "@bulkhead/analysis";
import type { Look } from "../commands/posture.ts";
import { clean, cut, level, plural } from "../image/words.ts";
import { columns, harmless, paint } from "../output/print.ts";
import { objectText } from "../output/verdict-text.ts";
import { lineOf } from "./place.ts";
import { besideBaseline, verdict } from "./screen-text.ts";

const marks = { fail: "", accepted: "accepted", unknown: "not known", error: "error" } as const;

const wordOf = ({ severity, outcome }: PostureFinding): string =>
  outcome === "fail"
    ? level(severity)
    : outcome === "error"
      ? paint("red", marks[outcome])
      : paint(outcome === "unknown" ? "yellow" : "dim", marks[outcome]);

/** Every finding, a line each; `wide` adds field, file and the whole sentence. */
export function listText(look: Look, wide: boolean): string {
  const { report, compared } = look;
  const rows = report.findings.map((finding) => {
    const place = lineOf(look, finding);
    const standing = compared?.standings.get(finding.id)?.is;
    return [
      wordOf(finding),
      ...(compared === undefined ? [] : [standing ?? ""]),
      finding.control,
      clean(objectText(finding.object)),
      ...(wide
        ? [
            clean(finding.field ?? ""),
            place === undefined ? "" : clean(`${place.file}:${place.line}`),
            clean(finding.says),
          ]
        : [cut(clean(finding.says), 90)]),
    ];
  });
  const head = [
    "SEVERITY",
    ...(compared === undefined ? [] : ["SINCE"]),
    "CONTROL",
    "OBJECT",
    ...(wide ? ["FIELD", "FILE", "SAYS"] : ["SAYS"]),
  ];
  return [
    ...(rows.length === 0 ? ["nothing found"] : [columns([head.map((word) => paint("dim", word)), ...rows])]),
    ...besideBaseline(look),
    "",
    `${plural(report.findings.length, "finding")} of ${harmless(look.of)}. ${verdict(look)}`,
    ...(report.gaps.length === 0
      ? []
      : [
          paint(
            "dim",
            `${plural(new Set(report.gaps.map(({ kind }) => kind)).size, "kind")} could not be read whole: bulkhead posture says which, and why`,
          ),
        ]),
  ].join("\n");
}
