import type { Standing } from "./baseline.ts";
import type { FindingItem } from "./finding-item.ts";
import type { JudgedReport } from "./judged-report.ts";
import type { Level, ScanReport } from "./scan-report.ts";

const sarifLevel = (severity: string): "error" | "warning" | "note" =>
  severity === "critical" || severity === "high" ? "error" : severity === "medium" ? "warning" : "note";
/** GitHub sorts by this number. */
const score: Readonly<Record<Level | "info", string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  negligible: "0.5",
  unknown: "0.0",
  info: "0.0",
};

interface Text {
  readonly text: string;
}

/** What of SARIF 2.1.0 is written here, by the specification's names. */
interface ReportingDescriptor {
  readonly id: string;
  readonly shortDescription: Text;
  readonly fullDescription?: Text;
  readonly help?: Text;
  readonly helpUri?: string;
  readonly properties: { readonly "security-severity": string; readonly tags: readonly string[] };
}

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: "error" | "warning" | "note";
  readonly message: Text;
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region: { readonly startLine: number };
    };
    readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[];
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly baselineState?: "new" | "unchanged" | "updated";
  readonly suppressions?: readonly {
    readonly kind: "external";
    readonly status: "accepted";
    readonly justification: string;
  }[];
}

interface Notification {
  readonly level: "warning";
  readonly message: Text;
}

export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: {
          readonly name: string;
          readonly version: string;
          readonly informationUri: string;
          readonly rules: readonly ReportingDescriptor[];
        };
      };
      readonly invocations: readonly {
        readonly executionSuccessful: boolean;
        readonly toolExecutionNotifications: readonly Notification[];
      }[];
      readonly automationDetails: { readonly id: string };
      readonly results: readonly Result[];
    },
  ];
}

interface Row {
  readonly rule: ReportingDescriptor;
  readonly text: string;
  readonly path: string;
  readonly line?: number;
}

const address = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
const properties = (severity: string, tag: string): ReportingDescriptor["properties"] => ({
  "security-severity": score[severity as Level] ?? "0.0",
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
function standingOf(standing: Standing | undefined): Pick<Result, "baselineState" | "suppressions"> {
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
function notifications({ inventory, match, unmatched }: ScanReport): Notification[] {
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
  const rules = [...new Map(all.map(({ row }) => [row.rule.id, row.rule])).values()];
  const at = new Map(rules.map((r, i) => [r.id, i]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "bulkhead", version, informationUri: "https://bulkhead.dev", rules } },
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications(report) }],
        automationDetails: { id: `bulkhead/image/${report.name}` },
        results: all.map(
          ({ item, row: { rule, text, path, line } }): Result => ({
            ruleId: rule.id,
            ruleIndex: at.get(rule.id) ?? 0,
            level: sarifLevel(item.severity),
            message: { text },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: address(path === "" ? "image" : path) },
                  region: { startLine: line ?? 1 },
                },
                logicalLocations: [{ fullyQualifiedName: report.name }],
              },
            ],
            // The same in every build of the image, whatever the version or line.
            partialFingerprints: { "bulkhead/v1": `${item.kind}|${item.id}|${item.subject}` },
            ...standingOf(compared?.standings.get(item)),
          }),
        ),
      },
    ],
  };
}
