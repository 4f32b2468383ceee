import { type Level, levelOf, type ScanReport } from "./scan-report.ts";

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

interface Rule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly fullDescription?: { readonly text: string };
  readonly help?: { readonly text: string };
  readonly helpUri?: string;
  readonly properties: { readonly "security-severity": string; readonly tags: readonly string[] };
}

interface Row {
  readonly rule: Rule;
  readonly severity: string;
  readonly text: string;
  readonly path: string;
  readonly line?: number;
  readonly fingerprint: string;
}

const address = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
const properties = (severity: string, tag: string): Rule["properties"] => ({
  "security-severity": score[severity as Level] ?? "0.0",
  tags: ["security", tag],
});

function rows(report: ScanReport): Row[] {
  return [
    ...(report.match?.findings ?? [])
      .filter((f) => f.suppressed === undefined)
      .map((f): Row => {
        const { name, version, paths } = f.package;
        const severity = levelOf(f);
        return {
          rule: {
            id: f.id,
            shortDescription: { text: f.summary === "" ? f.id : f.summary },
            ...(f.url === undefined ? {} : { helpUri: f.url }),
            properties: properties(severity, f.kind),
          },
          severity,
          text: `${name} ${version}: ${f.summary || f.id}.${f.fix.state === "available" && f.fix.version !== undefined ? ` Fixed in ${f.fix.version}.` : " No fix is known."}`,
          path: paths[0] ?? "",
          fingerprint: `${f.id}|${f.package.purl ?? name}`,
        };
      }),
    ...report.secrets.map(
      (s): Row => ({
        rule: {
          id: `secret/${s.rule}`,
          shortDescription: { text: `a secret: ${s.rule}` },
          properties: properties(s.severity, "secret"),
        },
        severity: s.severity,
        text: `A secret (${s.rule}) in layer ${s.layer}${s.deleted ? ", deleted by a later one and still in the image" : ""}.`,
        path: s.path,
        line: s.line,
        fingerprint: `${s.rule}|${s.path}|${s.fingerprint}`,
      }),
    ),
    ...report.checks.flatMap((c) =>
      c.hits.map(
        (hit): Row => ({
          rule: {
            id: `image/${c.id}`,
            shortDescription: { text: c.title },
            fullDescription: { text: c.why },
            help: { text: c.fix },
            properties: properties(c.severity, "configuration"),
          },
          severity: c.severity,
          text: `${c.title}: ${hit.where}: ${hit.says}.`,
          path: hit.where.replace(/\s+/g, "-"),
          fingerprint: `${c.id}|${hit.where}`,
        }),
      ),
    ),
  ];
}

/** The report as SARIF 2.1.0, for code hosts that show it. */
export function sarif(report: ScanReport, version: string): object {
  const all = rows(report);
  const rules = [...new Map(all.map((r) => [r.rule.id, r.rule])).values()];
  const at = new Map(rules.map((r, i) => [r.id, i]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "bulkhead", version, informationUri: "https://bulkhead.dev", rules } },
        results: all.map(({ rule, severity, text, path, line, fingerprint }) => ({
          ruleId: rule.id,
          ruleIndex: at.get(rule.id) ?? 0,
          level: sarifLevel(severity),
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
          partialFingerprints: { "bulkhead/v1": fingerprint },
        })),
      },
    ],
  };
}
