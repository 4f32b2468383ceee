import { type JunitCase, type JunitSuite, junitText } from "../output/junit-text.ts";
import type { Compared } from "./baseline.ts";
import type { FindingItem, ItemKind } from "./finding-item.ts";
import type { JudgedReport } from "./judged-report.ts";

function describe(item: FindingItem): { readonly message: string; readonly text: string } {
  const { finding, check, id, subject, severity } = item;
  if (finding !== undefined) {
    const { package: found, fix, summary, url, exploited, kind } = finding;
    const mended =
      fix.state === "available"
        ? fix.version === undefined
          ? "fixed"
          : `fixed in ${fix.version}`
        : `no fix (${fix.state})`;
    return {
      message: `${severity}: ${id} in ${found.name} ${found.version}, ${kind === "malicious" ? "malicious" : mended}`,
      text: [
        summary,
        ...(exploited === undefined ? [] : [`known to be exploited since ${exploited.added}`]),
        ...(found.paths[0] === undefined ? [] : [`in /${found.paths[0]}`]),
        ...(url === undefined ? [] : [url]),
      ].join("\n"),
    };
  }
  if (check !== undefined)
    return { message: `${severity}: ${check.title}: ${subject}`, text: `${check.why}\n${check.fix}` };
  return { message: `${severity}: a secret (${id}) in /${subject}`, text: "whoever has the image has the secret" };
}

function caseOf(item: FindingItem, failing: ReadonlySet<FindingItem>, compared: Compared | undefined): JunitCase {
  const { kind, id, subject, severity } = item;
  const version = item.finding === undefined ? "" : ` ${item.finding.package.version}`;
  const { message, text } = describe(item);
  const standing = compared?.standings.get(item);
  const head = { classname: `${kind}.${id}`, name: `${id} in ${subject}${version}` };
  if (failing.has(item)) return { ...head, outcome: { is: "failure", type: severity, message, text } };
  const why =
    standing?.is === "known"
      ? `known before${standing.entry.reason === undefined ? "" : `: ${standing.entry.reason}`}`
      : "below what fails";
  return { ...head, outcome: { is: "skipped", type: severity, message: `${why}: ${message}`, text } };
}

const titles: Readonly<Record<ItemKind, string>> = {
  vulnerability: "vulnerabilities",
  secret: "secrets",
  misconfiguration: "configuration",
};

function suitesOf({ report, items, failing, compared }: JudgedReport): JunitSuite[] {
  const fails = new Set(failing);
  return (["vulnerability", "secret", "misconfiguration"] as const).map((kind): JunitSuite => {
    const cases = items.filter((item) => item.kind === kind).map((item) => caseOf(item, fails, compared));
    if (kind === "vulnerability") {
      const unknown = report.match === undefined ? [["advisories", report.unmatched ?? "nobody looked"] as const] : [];
      const partly = (report.match?.coverage ?? []).flatMap(({ scope, packages, verdict }) =>
        verdict === "covered"
          ? []
          : [
              [
                scope,
                `${packages} packages: ${verdict === "stale" ? "its advisories are too old" : "no advisories at hand"}`,
              ] as const,
            ],
      );
      // What is not known is never shown as passed; only what counts for the exit code fails.
      for (const [scope, message] of [...unknown, ...partly])
        cases.push({
          classname: "vulnerability.advisories",
          name: scope,
          outcome: { is: "skipped", type: "unknown", message: `not known: ${message}`, text: "" },
        });
    }
    if (cases.length > 0) return { name: titles[kind], cases };
    const none = report.scan === undefined && kind !== "vulnerability" ? "not looked for in an SBOM" : undefined;
    const outcome = { is: "skipped", type: "unknown", message: none ?? "", text: "" } as const;
    return {
      name: titles[kind],
      cases: [{ classname: kind, name: "none", ...(none === undefined ? {} : { outcome }) }],
    };
  });
}

/** The report as JUnit XML: a test a finding, failed where it counts for the exit code, skipped where it does not. */
export function junit(judged: JudgedReport, at: Date): string {
  const { report } = judged;
  const { name, digest } = report;
  const properties: [string, string][] = [
    ["image", name],
    ...(digest === undefined ? [] : [["digest", digest] as [string, string]]),
  ];
  return junitText(suitesOf(judged), { package: name, properties }, at);
}
