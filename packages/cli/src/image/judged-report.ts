import { type BaselineEntry, type Compared, compareBaseline, counting } from "./baseline.ts";
import { type Bar, countOf, type FindingItem, itemsOf } from "./finding-item.ts";
import type { ScanReport } from "./scan-report.ts";

/** A report, held against what was asked of it. */
export interface JudgedReport {
  readonly report: ScanReport;
  readonly bar: Bar;
  readonly items: readonly FindingItem[];
  /** What counts for the exit code. */
  readonly failing: readonly FindingItem[];
  /** Their number: all places of one check are one. */
  readonly count: number;
  /** Absent: there is no baseline. */
  readonly compared?: Compared;
}

/** Judges a report: by severity, and by what was there before. */
export function judgeReport(
  report: ScanReport,
  bar: Bar,
  baseline: readonly BaselineEntry[] | undefined,
  now: number,
): JudgedReport {
  const items = itemsOf(report);
  const compared =
    baseline === undefined
      ? undefined
      : compareBaseline(items, baseline, bar, now, (kind) =>
          kind === "vulnerability" ? report.match !== undefined : report.scan !== undefined,
        );
  const failing = counting(items, bar, compared);
  return { report, bar, items, failing, count: countOf(failing), ...(compared === undefined ? {} : { compared }) };
}
