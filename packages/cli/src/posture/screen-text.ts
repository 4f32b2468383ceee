import { type PostureFinding, type PostureReport, severities } from "@bulkhead/analysis";
import type { Look } from "../commands/posture.ts";
import { clean, cut, level, plural, title } from "../image/words.ts";
import { reaching } from "../instance/reach.ts";
import { columns, harmless, paint } from "../output/print.ts";
import { objectText } from "../output/verdict-text.ts";
import { wrapped } from "../output/wrapped.ts";
import type { RankedChange } from "./best.ts";

const shownReasons = 6;
const shownAccepted = 5;
const day = 86_400_000;

const failing = ({ findings }: PostureReport): readonly PostureFinding[] =>
  findings.filter(({ outcome }) => outcome === "fail");

/** `3 critical, 12 high`. */
const bySeverity = (findings: readonly PostureFinding[]): string =>
  severities
    .flatMap((severity) => {
      const n = findings.filter((f) => f.severity === severity).length;
      return n === 0 ? [] : [`${n} ${level(severity)}`];
    })
    .join(", ");

function first(changes: readonly RankedChange[]): string[] {
  if (changes.length === 0) return [];
  return [
    title("Do these first"),
    ...changes.flatMap(({ says, removes, why, mind }, i) => [
      `  ${i + 1}. ${cut(clean(says), 112)}`,
      `     ${paint("green", `removes ${removes}`)}`,
      ...(why === undefined ? [] : wrapped(why, "     ", 112).map((line) => paint("dim", line))),
      ...(mind === undefined ? [] : wrapped(`mind: ${mind}`, "     ", 112).map((line) => paint("yellow", line))),
    ]),
  ];
}

/** What fails, a line a control, the gravest and most frequent first. */
function worst(report: PostureReport, shown: number): string[] {
  const groups = new Map<string, PostureFinding[]>();
  for (const finding of failing(report)) groups.set(finding.control, [...(groups.get(finding.control) ?? []), finding]);
  const rows = [...groups.values()].toSorted(
    (a, b) =>
      severities.indexOf(a[0]?.severity ?? "low") - severities.indexOf(b[0]?.severity ?? "low") || b.length - a.length,
  );
  if (rows.length === 0) return [];
  const lines = rows.slice(0, shown).map((group) => {
    const [one] = group;
    const places = new Set(group.map(({ object }) => objectText(object)));
    const [place = ""] = places;
    return [
      `  ${level(one?.severity ?? "")}`,
      one?.control ?? "",
      String(group.length),
      clean(places.size === 1 ? place : `${place} and ${places.size - 1} more`),
    ];
  });
  return [
    columns(lines),
    ...(rows.length > shown ? [paint("dim", `  and ${plural(rows.length - shown, "control")} more`)] : []),
  ];
}

/** What nobody could say, by its reason, most first: never left out. */
function notKnown({ findings, gaps }: PostureReport): string[] {
  const reasons = new Map<string, number>();
  const unknown = findings.filter(({ outcome }) => outcome === "unknown");
  for (const { says } of unknown) reasons.set(says, (reasons.get(says) ?? 0) + 1);
  // Kinds that no control asked for in vain still stand for what was not judged at all.
  const asked = [...reasons.keys()];
  const silent = gaps.filter(({ kind }) => !asked.some((says) => says.startsWith(kind)));
  if (unknown.length === 0 && silent.length === 0) return [];
  const rows = [...reasons].toSorted(([, a], [, b]) => b - a);
  const left = rows.slice(shownReasons).reduce((sum, [, n]) => sum + n, 0);
  return [
    title(unknown.length === 0 ? "Not known" : `Not known: ${plural(unknown.length, "question")}`),
    ...(rows.length === 0
      ? []
      : [
          columns(
            rows.slice(0, shownReasons).map(([says, n]) => [`  ${String(n).padStart(4)}`, cut(clean(says), 110)]),
          ),
        ]),
    ...(left > 0
      ? [paint("dim", `  ${String(left).padStart(4)}  for ${plural(rows.length - shownReasons, "other reason")}`)]
      : []),
    ...(silent.length === 0 ? [] : [paint("dim", cut(`        not read: ${listed(silent)}`, 118))]),
  ];
}

const listed = (gaps: PostureReport["gaps"]): string =>
  [...new Set(gaps.map(({ kind, namespace }) => (namespace === undefined ? kind : `${kind} in ${namespace}`)))]
    .map(clean)
    .join(", ");

function errors({ findings }: PostureReport): string[] {
  const failed = findings.filter(({ outcome }) => outcome === "error");
  if (failed.length === 0) return [];
  return [
    title(paint("red", `Controls that failed themselves: ${failed.length}`)),
    ...failed
      .slice(0, 5)
      .map(({ control, object, says }) => `  ${control}  ${clean(objectText(object))}  ${clean(says)}`),
  ];
}

function accepted({ findings }: PostureReport, now: number): string[] {
  const rows = findings
    .filter(({ outcome }) => outcome === "accepted")
    .toSorted((a, b) => Date.parse(a.accepted?.until ?? "") - Date.parse(b.accepted?.until ?? ""));
  if (rows.length === 0) return [];
  return [
    title(`Accepted for a while: ${rows.length}, the next to end first`),
    columns(
      rows
        .slice(0, shownAccepted)
        .map(({ control, object, accepted: by }) => [
          `  ${control}`,
          clean(objectText(object)),
          remaining(Date.parse(by?.until ?? ""), now),
          paint("dim", cut(clean(`${by?.reason ?? ""} (${by?.author ?? ""})`), 60)),
        ]),
    ),
    ...(rows.length > shownAccepted ? [paint("dim", `  and ${rows.length - shownAccepted} more`)] : []),
  ];
}

function remaining(until: number, now: number): string {
  const days = Math.floor((until - now) / day);
  return days >= 1 ? `${plural(days, "day")} left` : "less than a day left";
}

function passed({ controls, objects }: PostureReport): string {
  const checks = controls.reduce((sum, c) => sum + c.passed, 0);
  const held = controls.filter((c) => c.passed > 0 && c.failed + c.unknown + c.errors === 0).length;
  const idle = controls.filter((c) => c.passed + c.failed + c.accepted + c.unknown + c.errors === 0);
  const blind = idle.filter((c) => c.gaps.length > 0).length;
  const nothing = idle.length - blind;
  return [
    `  ${plural(held, "control")} of ${controls.length} hold wherever they apply; ${plural(checks, "check")} passed on ${plural(objects, "object")}`,
    ...(nothing > 0 ? [paint("dim", `  ${plural(nothing, "control")} found nothing to look at`)] : []),
    ...(blind > 0
      ? [paint("yellow", `  ${plural(blind, "control")} could not look at all: what they look at was not read`)]
      : []),
  ].join("\n");
}

/** The first screen: what to do first, what fails, what is not known, what is accepted, what holds. */
export function screenText(look: Look, best: readonly RankedChange[], now: number): string {
  const { report } = look;
  const fails = failing(report);
  return [
    `${paint("bold", "Posture")} of ${harmless(look.of)}`,
    ...look.notes.map((note) => paint("dim", harmless(note))),
    ...first(best),
    title(
      fails.length === 0 ? "Failing: nothing" : `Failing: ${plural(fails.length, "finding")}: ${bySeverity(fails)}`,
    ),
    ...worst(report, best.length > 0 ? 10 : 20),
    ...errors(report),
    ...notKnown(report),
    ...accepted(report, now),
    title("Holding"),
    passed(report),
    ...besideBaseline(look),
    title("Result"),
    `  ${verdict(look)}`,
    ...next(look).map((step) => `  ${paint("cyan", "→")} ${step}`),
  ].join("\n");
}

/** How it stands beside the baseline. */
export function besideBaseline({ compared }: Pick<Look, "compared">): string[] {
  if (compared === undefined) return [];
  const standings = [...compared.standings.values()];
  const n = (is: string): number => standings.filter((s) => s.is === is).length;
  const parts = [
    `${n("new")} new`,
    ...(n("worse") === 0 ? [] : [`${n("worse")} graver than before`]),
    ...(n("expired") === 0 ? [] : [`${n("expired")} whose time is over`]),
    `${n("known")} known`,
    `${compared.gone.length} gone`,
    ...(compared.accepted.length === 0 ? [] : [`${compared.accepted.length} accepted`]),
    ...(compared.unseen.length === 0 ? [] : [`${compared.unseen.length} that nobody can say now`]),
  ];
  return [title(`Since the baseline: ${parts.join(", ")}`)];
}

/** How it ends, in a sentence that claims no more than was looked at. */
export function verdict(
  { counting, failOn, compared, report, problems }: Look,
  fresh = compared === undefined ? "" : "new ",
): string {
  if (problems.length > 0)
    return `${paint("red", "not judged whole")}: ${plural(problems.length, "document")} could not be read`;
  if (failOn === "never" && counting.length === 0) return paint("dim", "passes, whatever it is: --fail-on never");
  const bar = failOn === "critical" ? "at critical" : `at ${failOn} or above`;
  if (counting.length > 0)
    return `${paint(["red", "bold"], "fails")}: ${plural(counting.length, `${fresh}finding`)} ${bar}`;
  const unknown = report.findings.filter(({ outcome }) => outcome === "unknown").length;
  const none = `no ${fresh}finding ${bar}`;
  return unknown === 0 && report.gaps.length === 0
    ? `${paint("green", "passes")}: ${none}`
    : `${paint("yellow", "passes as far as it is known")}: ${none}, and not everything could be looked at`;
}

function next({ report, kind, reach }: Look): string[] {
  const some = failing(report)[0];
  if (some === undefined) return [];
  const step = (command: string, what = ""): string =>
    `${reach === undefined ? command : reaching(command, reach)}${what === "" ? "" : paint("dim", `   ${what}`)}`;
  const from = kind === "manifests" ? " --from …" : "";
  return [
    step(`bulkhead posture list${from}`, "every finding, with where it stands"),
    step(`bulkhead explain ${some.control}`),
    kind === "manifests"
      ? step("bulkhead posture fix --from … --git-patch", "what can be mended, as a patch")
      : step("bulkhead posture fix", "what can be mended, as a plan that changes nothing yet"),
  ];
}
