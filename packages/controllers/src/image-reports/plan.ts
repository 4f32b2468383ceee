import {
  type OpenReport,
  type OpenReportOutcome,
  type OpenReportResult,
  openReportsGroup,
  openReportsVersion,
} from "@bulkhead/api";
import { grave, type ReportQuestion, type Row, rowsOf } from "./result-rows.ts";

/** The name of a namespace's report. */
export const reportName = "bulkhead-images";
/** How many results are left out, on the report. */
const leftOutAnnotation = "security.bulkhead.dev/results-left-out";

/** Results of one report, and of them those about images as a whole. */
const most = { results: 200, images: 100 };

const outcomes: readonly OpenReportOutcome[] = ["fail", "error", "warn", "skip", "pass"];

const rank = ({ result, severity = "info" }: OpenReportResult, weight: number): number =>
  outcomes.indexOf(result ?? "pass") * 100 - weight * 10 + grave.indexOf(severity);

const worstFirst = (a: Row, b: Row): number => {
  const difference = rank(a.result, a.weight) - rank(b.result, b.weight);
  if (difference !== 0) return difference;
  const [left, right] = [a, b].map(({ result }) => `${result.policy} ${result.rule} ${result.properties?.["digest"]}`);
  return (left ?? "") < (right ?? "") ? -1 : 1;
};

/** Everything of a report but what the server gives it; undefined: nothing runs there. The same for the same facts, whenever asked. */
export function planReport(question: ReportQuestion): OpenReport | undefined {
  const { namespace, images } = question;
  if (images.length === 0) return undefined;
  const rows = images.flatMap((image) => rowsOf(question, image));
  const ordered = rows.toSorted(worstFirst);
  // Every image has its line, whatever number of findings another has.
  const ofImages = ordered.filter(({ ofImage }) => ofImage).slice(0, most.images);
  const ofFindings = ordered.filter(({ ofImage }) => !ofImage).slice(0, most.results - ofImages.length);
  const shown = [...ofImages, ...ofFindings];
  const leftOut = rows.length - shown.length;
  return {
    apiVersion: `${openReportsGroup}/${openReportsVersion}`,
    kind: "Report",
    metadata: {
      namespace,
      name: reportName,
      labels: { "app.kubernetes.io/managed-by": "bulkhead" },
      ...(leftOut === 0 ? {} : { annotations: { [leftOutAnnotation]: String(leftOut) } }),
    },
    source: "bulkhead",
    scope: { apiVersion: "v1", kind: "Namespace", name: namespace },
    configuration: { limits: { maxResults: most.results } },
    summary: {
      pass: count(rows, "pass"),
      fail: count(rows, "fail"),
      warn: count(rows, "warn"),
      error: count(rows, "error"),
      skip: count(rows, "skip"),
    },
    results: shown.map(({ result }) => result),
  };
}

const count = (rows: readonly Row[], outcome: OpenReportOutcome): number =>
  rows.filter(({ result }) => result.result === outcome).length;
