import { expect, test } from "vitest";
import { createScanMetrics } from "./metrics.ts";

test("what the scans did, in the Prometheus text form", () => {
  const metrics = createScanMetrics();
  metrics.scanned(400);
  metrics.scanned(90_000);
  metrics.matched(1000, 1500);
  metrics.failed();
  metrics.held("a", true);
  metrics.held("a", true);
  metrics.held("b", true);
  metrics.held("b", false);
  metrics.held("never", false);
  const lines = metrics.text().split("\n");
  for (const line of [
    'bulkhead_image_scan_duration_seconds_bucket{le="0.5"} 1',
    'bulkhead_image_scan_duration_seconds_bucket{le="300"} 2',
    "bulkhead_image_scan_duration_seconds_count 2",
    'bulkhead_image_match_duration_seconds_bucket{le="2"} 1',
    "bulkhead_images_matched_total 1000",
    "bulkhead_image_scan_failures_total 1",
    "bulkhead_image_held_pods 1",
  ])
    expect(lines).toContain(line);
});

test("what never happened stands there as none", () => {
  const text = createScanMetrics().text();
  expect(text).toMatch(/^bulkhead_images_matched_total 0$/m);
  expect(text).toMatch(/^bulkhead_image_held_pods 0$/m);
});
