import { stripVTControlCharacters } from "node:util";
import type { BlindSpot, Finding, Package } from "@bulkhead/images";
import { columns, paint } from "../output/print.ts";
import type { JudgedReport } from "./judged-report.ts";
import { resultText } from "./result-text.ts";
import { doubtOf, levelOf, rank, type ScanReport } from "./scan-report.ts";
import { vexText } from "./vex-text.ts";
import { bytes, clean, counts, cut, level, plural, title } from "./words.ts";

const ecosystemsOf = (packages: readonly Package[]): string => {
  const by = new Map<string, number>();
  for (const { ecosystem, ownedBy } of packages)
    if (ownedBy === undefined) by.set(ecosystem, (by.get(ecosystem) ?? 0) + 1);
  return [...by]
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, n]) => `${n} ${name}`)
    .join(", ");
};

/** What was seen loaded; what was not seen may be used all the same. */
const usedText = ({ inUse, match }: ScanReport): string[] => {
  if (inUse === undefined) return [];
  const open = (match?.findings ?? []).filter((f) => f.suppressed === undefined && f.package.inUse === true).length;
  const at = new Date(inUse.lookedAt).toISOString().slice(0, 16).replace("T", " ");
  return [
    `${plural(inUse.packages.length, "package")} in use, with ${plural(open, "finding")} (what its containers had loaded by ${at} UTC)`,
  ];
};

function head(report: ScanReport): string[] {
  const { name, digest, scan, inventory } = report;
  const { distribution, packages, coverage } = inventory;
  const owned = packages.filter((p) => p.ownedBy !== undefined).length;
  const system =
    distribution?.prettyName ??
    (distribution === undefined ? "no distribution named" : `${distribution.id} ${distribution.versionId ?? ""}`);
  const share = coverage.executables === 0 ? undefined : (coverage.explained / coverage.executables) * 100;
  return [
    `${paint("bold", clean(name))}${digest === undefined ? "" : paint("dim", `  ${digest}`)}`,
    [
      clean(system),
      ...(scan === undefined
        ? ["from an SBOM"]
        : [
            ...(scan.platform.architecture === ""
              ? ["a file system"]
              : [`${clean(scan.platform.os)}/${clean(scan.platform.architecture)}`]),
            plural(scan.layers.length, "layer"),
            bytes(scan.size),
          ]),
    ].join(", "),
    `${plural(packages.length - owned, "package")}${packages.length > owned ? ` (${ecosystemsOf(packages)})` : ""}${owned === 0 ? "" : `, and ${owned} within the distribution's own`}`,
    ...(share === undefined
      ? []
      : [
          `${plural(coverage.executables, "executable file")}, ${share === 100 ? "all explained by packages" : paint("yellow", `${(100 - share).toFixed(share > 99.9 ? 2 : 1)}% explained by no package`)}`,
        ]),
    ...usedText(report),
  ];
}

const fixText = ({ fix, kind }: Finding): string => {
  if (kind === "malicious") return "remove it";
  switch (fix.state) {
    case "available":
      return fix.version === undefined ? "yes" : clean(fix.version);
    case "none":
      return paint("dim", "none yet");
    case "deferred":
    case "wont-fix":
    case "end-of-life":
      return paint("dim", fix.state);
  }
};

const shown = 40;

/** Unknown is not small: only who asks for medium and above does without. */
const shows = (severity: string, least: string): boolean =>
  rank(severity) <= rank(least) || (severity === "unknown" && rank(least) >= rank("low"));

/** Green only where nothing is left in doubt. */
function noneKnown(report: ScanReport): string {
  if (report.inventory.packages.length === 0) return paint("yellow", "unknown, since no package is known");
  return doubtOf(report) === undefined
    ? paint("green", "none known")
    : paint("yellow", "none known of what could be seen and matched");
}

/** What a baseline says of each finding; without one all are alike. */
interface Shown {
  readonly all: boolean;
  readonly least: string;
  readonly mark: (of: object) => "" | "new" | "known" | "worse" | "expired";
}

/** New ones first, dimmed what was there before. */
const marked = (row: readonly string[], standing: ReturnType<Shown["mark"]>): string[] =>
  standing === "" ? [...row] : standing === "known" ? ["known", ...row].map(dimmed) : [paint("bold", standing), ...row];
const dimmed = (cell: string): string => paint("dim", stripVTControlCharacters(cell));

function flawRow(f: Finding): string[] {
  const grave =
    f.kind === "malicious"
      ? paint(["red", "bold"], "MALICIOUS ")
      : f.exploited === undefined
        ? ""
        : paint("red", "exploited ");
  const near =
    f.vulnerableCode === "not-linked"
      ? paint("green", "not linked ")
      : f.package.inUse === true
        ? paint("yellow", "in use ")
        : "";
  return [
    level(levelOf(f)),
    clean(f.id),
    cut(clean(f.package.name), 40),
    cut(clean(f.package.version), 32),
    fixText(f),
    `${grave}${near}${paint("dim", cut(clean(f.summary), 60))}`,
  ];
}

function flaws(report: ScanReport, { all, least, mark }: Shown): string[] {
  const { match, unmatched } = report;
  if (match === undefined)
    return [title("Vulnerabilities"), `  ${paint("yellow", "unknown")}: ${unmatched ?? "nobody looked"}`];
  const open = match.findings.filter((f) => f.suppressed === undefined);
  const settled = match.findings.length - open.length;
  const unlinked = open.filter((f) => f.vulnerableCode === "not-linked").length;
  const known = (f: Finding): number => (mark(f) === "known" ? 1 : 0);
  const visible = open
    .filter((f) => f.kind === "malicious" || f.exploited !== undefined || shows(levelOf(f), least))
    .toSorted((a, b) => known(a) - known(b));
  const listed = all ? visible : visible.slice(0, shown);
  const compared = listed.some((f) => mark(f) !== "");
  const head = [...(compared ? ["STATE"] : []), "SEVERITY", "ID", "PACKAGE", "VERSION", "FIXED IN", ""];
  const rows = listed.map((f) => marked(flawRow(f), mark(f)));
  const hidden = [
    ...(visible.length > listed.length ? [`${visible.length - listed.length} more of these: --all`] : []),
    ...(open.length > visible.length ? [`${open.length - visible.length} below ${least}: --all`] : []),
    ...(settled > 0 ? [`${settled} settled by statements, below`] : []),
    ...(unlinked > 0 ? [`of ${unlinked} the vulnerable code is not linked`] : []),
    ...(match.undecided.length > 0 ? [`${match.undecided.length} undecided`] : []),
  ];
  const stale = match.coverage.filter((c) => c.verdict !== "covered");
  return [
    title(`Vulnerabilities: ${counts(open.map(levelOf)) || noneKnown(report)}`),
    ...(rows.length === 0 ? [] : [indented(columns([head.map((h) => paint("dim", h)), ...rows]))]),
    ...(hidden.length === 0 ? [] : [paint("dim", `  ${hidden.join("; ")}`)]),
    ...stale.map(
      (c) =>
        `  ${paint("yellow", c.verdict)}: ${plural(c.packages, "package")} of ${clean(c.scope)}: ${c.verdict === "stale" ? `advisories too old (${c.sources.join(", ")})` : "no advisories at hand"}`,
    ),
  ];
}

const indented = (text: string): string => text.replace(/^/gm, "  ");

function beside({ beside: others = [] }: ScanReport, all: boolean): string[] {
  return others.flatMap(({ scanner, at, difference: { both, oursOnly, theirsOnly } }) => {
    const listed = all ? theirsOnly : theirsOnly.slice(0, 10);
    return [
      title(`Beside ${clean(scanner)}${at === undefined ? "" : ` of ${clean(at).slice(0, 10)}`}`),
      `  ${both.length} alike, ${oursOnly.length} only ours, ${theirsOnly.length} only theirs`,
      ...listed.map(
        (f) =>
          `  only theirs: ${clean(f.id)} ${clean(f.packageName)} ${clean(f.version)} ${paint("dim", clean(f.severity))}`,
      ),
      ...(theirsOnly.length > listed.length
        ? [paint("dim", `  ${theirsOnly.length - listed.length} more: --all`)]
        : []),
    ];
  });
}

function secrets({ secrets: found }: ScanReport, { all, mark }: Shown): string[] {
  if (found.length === 0) return [];
  const own = all ? found : found.filter((s) => s.within === undefined);
  const listed = all ? own : own.slice(0, shown);
  const hidden = [
    ...(own.length > listed.length ? [`${own.length - listed.length} more of these`] : []),
    ...(found.length > own.length
      ? [`${found.length - own.length} within published packages (examples and test keys, as a rule)`]
      : []),
  ];
  return [
    title(`Secrets: ${counts(found.map((s) => s.severity))}`),
    ...(listed.length === 0
      ? []
      : [
          indented(
            columns(
              listed.map((s) =>
                marked(
                  [
                    level(s.severity),
                    clean(s.rule),
                    `/${clean(s.path)}:${s.line}`,
                    paint(
                      "dim",
                      `layer ${s.layer.slice(7, 19)}${s.deleted ? ", deleted later and still in the image" : ""}`,
                    ),
                  ],
                  mark(s),
                ),
              ),
            ),
          ),
        ]),
    ...(hidden.length === 0 ? [] : [paint("dim", `  ${hidden.join("; ")}: --all`)]),
  ];
}

function checks({ checks: found }: ScanReport, { mark }: Shown): string[] {
  if (found.length === 0) return [];
  return [
    title(`Configuration${counts(found.map((c) => c.severity)).replace(/^(?=.)/, ": ")}`),
    ...found.map((c) => {
      const [first] = c.hits;
      const where =
        first === undefined
          ? ""
          : c.hits.length === 1
            ? `${clean(first.where)}: ${clean(first.says)}`
            : `${clean(first.where)} and ${c.hits.length - 1} more`;
      const state = mark(c);
      const fix = rank(c.severity) <= rank("medium") && state !== "known" ? `\n      ${paint("dim", c.fix)}` : "";
      const says = state === "known" ? dimmed(c.title) : c.title;
      return `  ${marked([level(c.severity)], state).join("  ")}  ${says}  ${paint("dim", cut(where, 90))}${fix}`;
    }),
  ];
}

function blind({ inventory }: ScanReport, all: boolean): string[] {
  const { blindSpots, coverage } = inventory;
  const unexplained = coverage.unexplained ?? [];
  if (blindSpots.length === 0 && unexplained.length === 0) return [];
  const spots: readonly BlindSpot[] = all ? blindSpots : blindSpots.slice(0, 10);
  const named = unexplained.slice(0, all ? 20 : 4);
  return [
    title("Not seen into"),
    ...spots.map((b) => `  ${clean(b.where)}: ${paint("dim", clean(b.why))}`),
    ...(blindSpots.length > spots.length ? [paint("dim", `  ${blindSpots.length - spots.length} more: --all`)] : []),
    ...(unexplained.length === 0
      ? []
      : [
          `  ${plural(coverage.executables - coverage.explained, "executable file")} of no package: ${paint(
            "dim",
            cut(
              [...named.map((p) => `/${clean(p)}`), ...(named.length < unexplained.length ? ["…"] : [])].join(", "),
              160,
            ),
          )}`,
        ]),
  ];
}

export interface ScanTextOptions {
  /** Leave nothing out. */
  readonly all?: boolean;
  /** Leave out vulnerabilities below this; default low. */
  readonly least?: string;
  /** What the report was held against: says how it ends, and what to do. */
  readonly judged?: JudgedReport;
}

/** The report for a person: what it is, then what is wrong with it, gravest first, then what could not be seen. */
export function scanText(report: ScanReport, { all = false, least = "low", judged }: ScanTextOptions = {}): string {
  const shownOnes: Shown = { all, least, mark: markOf(report, judged) };
  return [
    ...head(report),
    ...flaws(report, shownOnes),
    ...vexText(report, all),
    ...beside(report, all),
    ...secrets(report, shownOnes),
    ...checks(report, shownOnes),
    ...blind(report, all),
    ...(judged === undefined ? [] : resultText(judged)),
  ].join("\n");
}

/** A check is as new as the newest of its places. */
function markOf(report: ScanReport, judged: JudgedReport | undefined): Shown["mark"] {
  const compared = judged?.compared;
  if (judged === undefined || compared === undefined) return () => "";
  const marks = new Map<object, ReturnType<Shown["mark"]>>();
  let secret = 0;
  for (const item of judged.items) {
    const of: object | undefined = item.finding ?? item.check ?? report.secrets[secret++];
    const is = compared.standings.get(item)?.is ?? "new";
    if (of !== undefined && (marks.get(of) ?? "known") === "known") marks.set(of, is);
  }
  return (of) => marks.get(of) ?? "";
}
