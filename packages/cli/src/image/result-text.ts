import { compareVersions } from "@bulkhead/images";
import { columns, paint } from "../output/print.ts";
import type { BaselineEntry, Standing } from "./baseline.ts";
import type { FindingItem } from "./finding-item.ts";
import type { JudgedReport } from "./judged-report.ts";
import { doubtOf } from "./scan-report.ts";
import { clean, cut, plural, title } from "./words.ts";

const shownGone = 10;

/** How it ends, how it stands beside the baseline, and what to do next. */
export function resultText(judged: JudgedReport): string[] {
  return [
    ...besideBaseline(judged),
    title("Result"),
    `  ${verdict(judged)}`,
    ...nextSteps(judged).map((s) => `  ${s}`),
  ];
}

const kindsOf = (items: readonly FindingItem[]): string => {
  const flaws = items.filter((i) => i.kind === "vulnerability").length;
  const secrets = items.filter((i) => i.kind === "secret").length;
  const checks = new Set(items.flatMap(({ check }) => (check === undefined ? [] : [check]))).size;
  return [
    ...(flaws === 0 ? [] : [plural(flaws, "vulnerability", "vulnerabilities")]),
    ...(secrets === 0 ? [] : [plural(secrets, "secret")]),
    ...(checks === 0 ? [] : [plural(checks, "setting")]),
  ].join(", ");
};

function verdict({ report, bar, failing, count, compared }: JudgedReport): string {
  const { failOn, onlyFixed } = bar;
  if (failOn === "never") return paint("dim", "passes, whatever it is: --fail-on never");
  const what = `${failOn === "any" ? "of any severity" : failOn === "critical" ? "at critical" : `at ${failOn} or above`}${onlyFixed === true ? " with a fix" : ""}`;
  if (count > 0)
    return `${paint(["red", "bold"], "fails")}: ${plural(count, compared === undefined ? "finding" : "new finding")} ${what} (${kindsOf(failing)})`;
  const none = `${compared === undefined ? "nothing" : "nothing new"} ${what}`;
  const doubt = doubtOf(report);
  return doubt === undefined
    ? `${paint("green", "passes")}: ${none}`
    : `${paint("yellow", "passes as far as it is known")}: ${none}, and ${doubt}`;
}

const entryLine = ({ id, subject = "anywhere", severity = "", reason }: BaselineEntry): string[] => [
  severity,
  clean(id),
  cut(clean(subject), 60),
  paint("dim", reason === undefined ? "" : cut(clean(reason), 60)),
];

function besideBaseline({ compared }: JudgedReport): string[] {
  if (compared === undefined) return [];
  const { standings, gone } = compared;
  const number = (is: Standing["is"]): number => [...standings.values()].filter((s) => s.is === is).length;
  const parts = [
    `${number("new")} new`,
    ...(number("worse") === 0 ? [] : [`${number("worse")} worse than before`]),
    ...(number("expired") === 0 ? [] : [`${number("expired")} whose time is over`]),
    `${number("known")} known`,
    `${gone.length} found no more`,
  ];
  const listed = gone.slice(0, shownGone);
  return [
    title(`Since the baseline: ${parts.join(", ")}`),
    ...(listed.length === 0
      ? []
      : [columns(listed.map((entry) => [`  ${paint("green", "gone")}`, ...entryLine(entry)]))]),
    ...(gone.length > listed.length ? [paint("dim", `  ${gone.length - listed.length} more: -o json has all`)] : []),
  ];
}

interface Update {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly ecosystem: string;
  count: number;
}

/** Which updates answer most, by package: the highest version that a fix of its names. */
function updatesOf(failing: readonly FindingItem[]): readonly Update[] {
  const updates = new Map<string, Update>();
  for (const { finding } of failing) {
    if (finding === undefined || finding.kind === "malicious" || finding.fix.state !== "available") continue;
    const { ecosystem, name, version: from } = finding.package;
    const { version } = finding.fix;
    if (version === undefined) continue;
    const key = `${ecosystem} ${name} ${from}`;
    const known = updates.get(key);
    const higher = known === undefined || compareVersions(finding.package.ecosystem, version, known.to) === 1;
    updates.set(key, { name, from, ecosystem, to: higher ? version : known.to, count: (known?.count ?? 0) + 1 });
  }
  return [...updates.values()].toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

const system: Readonly<Record<string, string>> = {
  dpkg: "apt-get install --only-upgrade",
  apk: "apk add --upgrade",
  rpm: "dnf upgrade",
};

/** What nobody rated is no small thing, and is told where it does not count. */
function unrated({ items, failing, bar, compared }: JudgedReport): number {
  if (bar.failOn === "any" || bar.failOn === "never") return 0;
  const fails = new Set(failing);
  const open = items.filter((item) => !fails.has(item) && compared?.standings.get(item)?.is !== "known");
  return open.filter(({ severity }) => severity === "unknown").length;
}

function nextSteps(judged: JudgedReport): string[] {
  const { report, failing, bar } = judged;
  const steps: string[] = [];
  const malicious = [
    ...new Set(failing.flatMap(({ finding, malicious: is }) => (is && finding ? [finding.package.name] : []))),
  ];
  if (malicious.length > 0)
    steps.push(
      `remove ${malicious.slice(0, 3).map(clean).join(", ")}, known to be malicious, and change every secret it could read`,
    );
  if (failing.some((item) => item.kind === "secret"))
    steps.push("revoke the secrets: whoever has the image has them, deleted in a later layer or not");
  const updates = updatesOf(failing);
  if (updates.length > 0) {
    const first = updates.slice(0, 3).map((u) => `${clean(u.name)} to ${clean(u.to)} (answers ${u.count})`);
    const more = updates.length - first.length;
    steps.push(`update ${first.join(", ")}${more > 0 ? ` and ${plural(more, "package")} more` : ""}`);
    const tool = updates.map(({ ecosystem }) => system[ecosystem]).find((command) => command !== undefined);
    const names = [...new Set(updates.filter(({ ecosystem }) => system[ecosystem] === tool).map(({ name }) => name))];
    if (tool !== undefined)
      steps.push(
        paint(
          "dim",
          `with a newer base image, or: ${tool} ${names.slice(0, 6).map(clean).join(" ")}${names.length > 6 ? " …" : ""}`,
        ),
      );
  }
  const unfixed = failing.filter(({ finding }) => finding !== undefined && finding.fix.state !== "available").length;
  if (unfixed > 0)
    steps.push(
      paint("dim", `${unfixed} of them ${unfixed === 1 ? "has" : "have"} no fix yet: --only-fixed lets these by`),
    );
  const silent = unrated(judged);
  if (silent > 0)
    steps.push(paint("dim", `${silent} that nobody rated ${silent === 1 ? "does" : "do"} not count: --fail-on any`));
  if (failing.length > 0)
    steps.push(
      paint("dim", "what may stay: --write-baseline FILE, and from then on --baseline FILE: only what is new fails"),
    );
  if (report.match === undefined && bar.failOn !== "never")
    steps.push("bring in advisories: bulkhead advisories import DIR|URL");
  return steps.map((step) => `${paint("cyan", "→")} ${step}`);
}
