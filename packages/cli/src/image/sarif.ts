import {
  type SarifLog,
  type SarifNotification,
  type SarifResult,
  type SarifRule,
  sarifLevel,
  sarifLog,
  sarifUri,
  securityScore,
} from "../output/sarif-log.ts";
import type { Standing } from "./baseline.ts";
import type { FindingItem } from "./finding-item.ts";
import type { JudgedReport } from "./judged-report.ts";
import type { ScanReport } from "./scan-report.ts";

interface Row {
  readonly rule: SarifRule;
  readonly text: string;
  readonly path: string;
  readonly line?: number;
}

const properties = (severity: string, tag: string): SarifRule["properties"] => ({
  "security-severity": securityScore(severity),
  tags: ["security", tag],
});

function flawRow({ id, severity, finding }: FindingItem): Row | undefined {
  if (finding === undefined) return undefined;
  const { package: found, summary, url, kind, fix } = finding;
  return {
    rule: {
      id,
      shortDescription: { text: summary === "" ? id : summary },
      ...(url === undefined || !URL.canParse(url) ? {} : { helpUri: url }),
      properties: properties(severity, kind),
    },
    text: `${found.name} ${found.version}: ${summary || id}.${fix.state === "available" && fix.version !== undefined ? ` Fixed in ${fix.version}.` : " No fix is known."}`,
    path: found.paths[0] ?? "",
  };
}

function checkRow({ severity, subject, check }: FindingItem): Row | undefined {
  if (check === undefined) return undefined;
  const hit = check.hits.find(({ where }) => where === subject);
  return {
    rule: {
      id: `image/${check.id}`,
      shortDescription: { text: check.title },
      fullDescription: { text: check.why },
      help: { text: check.fix },
      properties: properties(severity, "configuration"),
    },
    text: `${check.title}: ${subject}: ${hit?.says ?? ""}.`,
    path: subject.replace(/\s+/g, "-"),
  };
}

const secretRow = (s: ScanReport["secrets"][number]): Row => ({
  rule: {
    id: `secret/${s.rule}`,
    shortDescription: { text: `a secret: ${s.rule}` },
    properties: properties(s.severity, "secret"),
  },
  text: `A secret (${s.rule}) in layer ${s.layer}${s.deleted ? ", deleted by a later one and still in the image" : ""}.`,
  path: s.path,
  line: s.line,
});

/** SARIF's words for how a result stands beside a baseline, and why it may stay. */
function standingOf(standing: Standing | undefined): Pick<SarifResult, "baselineState" | "suppressions"> {
  if (standing === undefined) return {};
  const state = { new: "new", known: "unchanged", worse: "updated", expired: "unchanged" } as const;
  const reason = standing.is === "known" ? standing.entry.reason : undefined;
  return {
    baselineState: state[standing.is],
    ...(reason === undefined
      ? {}
      : { suppressions: [{ kind: "external", status: "accepted", justification: reason }] }),
  };
}

/** What could not be looked at or matched: a reader that shows no result must not take it for health. */
function notifications({ inventory, match, unmatched }: ScanReport): SarifNotification[] {
  const said = [
    ...(match === undefined ? [`Vulnerabilities are not known: ${unmatched ?? "nobody looked"}.`] : []),
    ...(match?.coverage ?? [])
      .filter((c) => c.verdict !== "covered")
      .map(
        (c) =>
          `${c.packages} packages of ${c.scope}: ${c.verdict === "stale" ? "advisories are too old" : "no advisories at hand"}.`,
      ),
    ...inventory.blindSpots.slice(0, 100).map((b) => `${b.where}: ${b.why}.`),
  ];
  return said.map((text) => ({ level: "warning", message: { text } }));
}

/** The report as SARIF 2.1.0, for code hosts that show it. */
export function sarif({ report, items, compared }: JudgedReport, version: string): SarifLog {
  let secret = 0;
  const all = items.flatMap((item) => {
    const found = item.kind === "secret" ? report.secrets[secret++] : undefined;
    const row = found === undefined ? (flawRow(item) ?? checkRow(item)) : secretRow(found);
    return row === undefined ? [] : [{ item, row }];
  });
  return sarifLog({
    version,
    id: `bulkhead/image/${report.name}`,
    notifications: notifications(report),
    rows: all.map(({ item, row: { rule, text, path, line } }) => ({
      rule,
      result: {
        level: sarifLevel(item.severity),
        message: { text },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: sarifUri(path === "" ? "image" : path) },
              region: { startLine: line ?? 1 },
            },
            logicalLocations: [{ fullyQualifiedName: report.name }],
          },
        ],
        // The same in every build of the image, whatever the version or line.
        partialFingerprints: { "bulkhead/v1": `${item.kind}|${item.id}|${item.subject}` },
        ...standingOf(compared?.standings.get(item)),
      },
    })),
  });
}
