import type { Pod } from "@bulkhead/api";
import { expect, test } from "vitest";
import { createScanMetrics } from "./metrics.ts";

const pod = (nodeName: string, reason?: string): Pod =>
  ({
    metadata: {},
    spec: { nodeName, containers: [] },
    status: { containerStatuses: [{ state: reason === undefined ? { running: {} } : { waiting: { reason } } }] },
  }) as unknown as Pod;

test("what the scans did, in the Prometheus text form", () => {
  const pods = [pod("a", "ImageScanPending"), pod("a", "ImagePullBackOff"), pod("b", "ImageScanPending"), pod("a")];
  const metrics = createScanMetrics({ pods: () => pods, nodeName: "a" });
  metrics.scanned(400);
  metrics.scanned(90_000);
  metrics.matched(1000, 1500);
  metrics.failed();
  const lines = metrics.text().split("\n");
  for (const line of [
    'bulkhead_image_scan_duration_seconds_bucket{le="0.5"} 1',
    'bulkhead_image_scan_duration_seconds_bucket{le="300"} 2',
    "bulkhead_image_scan_duration_seconds_count 2",
    'bulkhead_image_match_duration_seconds_bucket{le="2"} 1',
    "bulkhead_images_matched_total 1000",
    "bulkhead_image_scan_failures_total 1",
    'bulkhead_image_held_pods{reason="ImageScanPending"} 1',
    'bulkhead_image_held_pods{reason="ImageRefused"} 0',
  ])
    expect(lines).toContain(line);
});

test("what never happened stands there as none", () => {
  const text = createScanMetrics({ pods: () => [], nodeName: "a" }).text();
  expect(text).toMatch(/^bulkhead_images_matched_total 0$/m);
  expect(text).toMatch(/^bulkhead_image_scan_failures_total 0$/m);
});
