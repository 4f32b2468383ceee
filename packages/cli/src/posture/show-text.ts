import type { Fix, PostureFinding } from "@bulkhead/analysis";
import type { Shown } from "../commands/posture-show.ts";
import { clean, level, plural } from "../image/words.ts";
import { harmless, paint } from "../output/print.ts";
import { becauseText, objectText } from "../output/verdict-text.ts";
import { wrapped } from "../output/wrapped.ts";
import { cardText } from "./card-text.ts";

const outcomes = { fail: "fails", accepted: "accepted", unknown: "not known", error: "the control failed" } as const;
const most = 50;

const row = (label: string, text: string): string => `    ${paint("dim", label.padEnd(11))}  ${harmless(text)}`;

function fixLines(fix: Fix): string[] {
  if (fix.kind === "by-hand") return [row("by hand", fix.how), row("because", fix.why)];
  return [
    ...fix.edits.map((edit) =>
      edit.op === "create"
        ? row("fix", `create ${edit.create.kind} ${edit.create.metadata.name ?? ""}`)
        : edit.op === "delete"
          ? row("fix", `delete ${objectText(edit.object)}`)
          : edit.op === "remove"
            ? row("fix", `remove ${edit.field} of ${objectText(edit.object)}`)
            : row("fix", `${edit.field} = ${JSON.stringify(edit.value)}`),
    ),
    ...(fix.breaks === undefined ? [] : [row("would break", fix.breaks)]),
    ...(fix.mind === undefined ? [] : [row("mind", fix.mind)]),
  ];
}

function findingText(
  finding: PostureFinding,
  place: { readonly file: string; readonly line: number } | undefined,
  fix: Fix | undefined,
  whole: boolean,
): string[] {
  const {
    outcome,
    severity,
    object,
    says,
    field,
    passing,
    through = [],
    because = [],
    accepted,
    command,
    id,
  } = finding;
  const mark =
    outcome === "fail" ? paint("red", "✗") : outcome === "accepted" ? paint("yellow", "!") : paint("yellow", "?");
  return [
    `  ${mark} ${paint("bold", harmless(objectText(object)))}  ${outcome === "fail" ? level(severity) : outcomes[outcome]}`,
    ...wrapped(says, "    "),
    ...(place === undefined ? [] : [row("at", `${place.file}:${place.line}`)]),
    ...(field === undefined ? [] : [row("field", field)]),
    ...(passing === undefined ? [] : [row("would pass", passing)]),
    ...through.map((ref) => row("through", objectText(ref))),
    ...(accepted === undefined
      ? []
      : [
          row(
            "accepted",
            `until ${accepted.until} by ${accepted.author}: ${accepted.reason} (Exception ${accepted.exception})`,
          ),
        ]),
    ...(whole ? because.map((each) => becauseText(each, "none", "    ")) : []),
    ...(fix === undefined ? [] : fixLines(fix)),
    ...(command === undefined
      ? []
      : [`    ${paint("dim", "accept it".padEnd(11))}  ${paint("cyan", harmless(command))}`]),
    row("finding", id),
    "",
  ];
}

/** A control with its findings, or one finding with all that is known of it. */
export function showText({ card, findings, result }: Shown): string {
  const { passed, gaps } = result;
  // Pod security speaks of the level that it was asked for, which is not what a namespace asks for.
  const single = findings.length === 1 && card.area !== "workloads";
  return [
    ...cardText(card),
    "",
    ...findings.slice(0, most).flatMap(({ finding, place, fix }) => findingText(finding, place, fix, single)),
    ...(findings.length > most
      ? [
          paint(
            "dim",
            `  and ${plural(findings.length - most, "finding")} more: bulkhead posture list --control ${card.id}`,
          ),
          "",
        ]
      : []),
    `  ${plural(passed, "object")} ${passed === 1 ? "holds" : "hold"} it${findings.length === 0 ? "; nothing was found" : ""}`,
    ...gaps.map(({ kind, namespace, why }) =>
      paint(
        "yellow",
        `  not known: ${clean(kind)}${namespace === undefined ? "" : ` in ${clean(namespace)}`}: ${clean(why)}`,
      ),
    ),
  ].join("\n");
}
