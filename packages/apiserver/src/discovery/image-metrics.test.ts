import { type ImageReportSummary, metricLines } from "@bulkhead/api";
import type { StoredObject } from "@bulkhead/store";
import { expect, test } from "vitest";
import { imageMetrics } from "./image-metrics.ts";

const counts = {
  critical: 1,
  high: 2,
  medium: 0,
  low: 0,
  negligible: 0,
  unknown: 0,
  fixable: 2,
  exploited: 1,
  malicious: 0,
  misconfigurations: 0,
  secrets: 0,
};
const report = (more: Partial<ImageReportSummary>): Partial<ImageReportSummary> => ({
  images: ["r/web"],
  namespaces: ["shop"],
  scannedAt: "2026-11-20T00:00:00Z",
  matchedAt: "2026-11-21T00:00:00Z",
  counts,
  sources: [{ name: "kev", records: 7, checkedAt: "2026-11-21T00:00:00Z", stale: "frozen" }],
  blindSpots: [],
  ...more,
});

let revision = 0;
const stored = (name: string, of: Partial<ImageReportSummary>): StoredObject =>
  ({
    key: { group: "security.bulkhead.dev", resource: "imagereports", namespace: "", name },
    revision: ++revision,
    bytes: Buffer.from(JSON.stringify({ metadata: { name }, report: of })),
  }) as unknown as StoredObject;

test("what runs is counted once in each namespace; what runs no more is not", () => {
  const objects = [
    stored("a", report({})),
    stored("b", report({ namespaces: ["shop", "pay"], matchedAt: "2026-11-20T00:00:00Z" })),
    stored("c", report({ images: [] })),
    stored("d", { images: ["r/new"], namespaces: ["shop"], sources: [] }),
    stored("e", report({ failure: "broken", scannedAt: "2026-11-19T00:00:00Z" })),
    stored("f", report({ namespaces: ["blind"], sources: [] })),
  ];
  const metrics = imageMetrics({ list: () => ({ revision, items: objects }) });
  const lines = [...metricLines(metrics())];
  for (const line of [
    'bulkhead_images{state="known"} 2',
    'bulkhead_images{state="waiting"} 1',
    'bulkhead_images{state="failed"} 1',
    'bulkhead_images{state="unmatched"} 1',
    'bulkhead_image_marks{namespace="blind",mark="secrets"} 0',
    'bulkhead_image_findings{namespace="shop",severity="high"} 6',
    'bulkhead_image_findings{namespace="pay",severity="critical"} 1',
    'bulkhead_image_marks{namespace="shop",mark="exploited"} 3',
    `bulkhead_image_oldest_scan_timestamp_seconds ${Date.parse("2026-11-19T00:00:00Z") / 1000}`,
    `bulkhead_image_oldest_match_timestamp_seconds ${Date.parse("2026-11-20T00:00:00Z") / 1000}`,
    `bulkhead_advisories_checked_timestamp_seconds{source="kev"} ${Date.parse("2026-11-21T00:00:00Z") / 1000}`,
    'bulkhead_advisories_records{source="kev"} 7',
    'bulkhead_advisories_stale{source="kev"} 1',
  ])
    expect(lines).toContain(line);
  expect(lines.filter((line) => line.includes("blind"))).toHaveLength(2);
});

test("a report is read again only when it changed", () => {
  const objects = [stored("a", report({}))];
  const metrics = imageMetrics({ list: () => ({ revision, items: objects }) });
  const high = (): string | undefined => [...metricLines(metrics())].find((l) => l.includes('severity="high"'));
  expect(high()).toMatch(/ 2$/);
  objects[0] = { ...(objects[0] as StoredObject), bytes: Buffer.from("not read") };
  expect(high()).toMatch(/ 2$/);
  objects[0] = stored("a", report({ counts: { ...counts, high: 5 } }));
  expect(high()).toMatch(/ 5$/);
});
