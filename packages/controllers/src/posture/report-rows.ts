import { type Control, type Finding, postureReportName } from "@bulkhead/analysis";
import {
  type OpenReport,
  type OpenReportOutcome,
  type OpenReportResult,
  openReportsGroup,
  openReportsVersion,
} from "@bulkhead/api";

/** How many results are left out, on the report. */
const leftOutAnnotation = "security.bulkhead.dev/results-left-out";
/** Results of one report. */
const most = 250;

/** Since when a finding is there, in milliseconds, by its id. */
export type FirstSeen = ReadonlyMap<string, number>;

const resultOf: Readonly<Record<Finding["outcome"], OpenReportOutcome>> = {
  fail: "fail",
  accepted: "skip",
  unknown: "error",
  error: "error",
};
const outcomes: readonly Finding["outcome"][] = ["fail", "error", "unknown", "accepted"];
const severities: readonly Control["severity"][] = ["critical", "high", "medium", "low"];

const order = ({ outcome, control, id }: Finding): string =>
  `${outcomes.indexOf(outcome)} ${severities.indexOf(control.severity)} ${id}`;

function row(finding: Finding, seen: FirstSeen): OpenReportResult {
  const { control, object, outcome, breach, why, acceptedBy } = finding;
  const since = seen.get(finding.id);
  return {
    policy: control.id,
    ...(breach === undefined ? {} : { rule: breach.key ?? breach.field }),
    category: control.area,
    severity: control.severity,
    result: resultOf[outcome],
    scored: outcome === "fail",
    message: breach?.says ?? why ?? "",
    resources: [
      {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: object.name,
        ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
        ...(breach === undefined ? {} : { fieldPath: breach.field }),
      },
    ],
    ...(since === undefined ? {} : { timestamp: { seconds: Math.floor(since / 1000), nanos: 0 } }),
    properties: {
      finding: finding.id,
      title: control.title,
      ...(breach?.passing === undefined ? {} : { passing: breach.passing }),
      ...(acceptedBy === undefined ? {} : { exception: `${acceptedBy.namespace ?? ""}/${acceptedBy.name}` }),
    },
  };
}

/** What a report says of one namespace ("" for what is in none): the worst first, passes as a number. Undefined: nothing to say. */
export function postureReport(
  namespace: string,
  findings: readonly Finding[],
  passed: number,
  seen: FirstSeen,
): OpenReport | undefined {
  if (findings.length === 0 && passed === 0) return undefined;
  const ordered = findings.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  const count = (result: OpenReportOutcome): number =>
    findings.filter(({ outcome }) => resultOf[outcome] === result).length;
  const leftOut = Math.max(0, findings.length - most);
  const cluster = namespace === "";
  return {
    apiVersion: `${openReportsGroup}/${openReportsVersion}`,
    kind: cluster ? "ClusterReport" : "Report",
    metadata: {
      name: postureReportName,
      ...(cluster ? {} : { namespace }),
      labels: { "app.kubernetes.io/managed-by": "bulkhead" },
      ...(leftOut === 0 ? {} : { annotations: { [leftOutAnnotation]: String(leftOut) } }),
    },
    source: "bulkhead",
    ...(cluster ? {} : { scope: { apiVersion: "v1", kind: "Namespace", name: namespace } }),
    configuration: { limits: { maxResults: most } },
    summary: { pass: passed, fail: count("fail"), warn: 0, error: count("error"), skip: count("skip") },
    results: ordered.slice(0, most).map((finding) => row(finding, seen)),
  };
}
