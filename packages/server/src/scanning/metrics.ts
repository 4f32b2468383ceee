import { Counter, Histogram, type MetricFamily, metricLines } from "@bulkhead/api";

/** Told by the scanning process what it did. */
export interface ScanRecorder {
  /** An image was read and matched. */
  scanned(milliseconds: number): void;
  /** Stored inventories were matched with changed advisories. */
  matched(images: number, milliseconds: number): void;
  /** An attempt at one image failed. */
  failed(): void;
  /** Whether a pod waits for a scan, by its UID; what waits no more, was let go or refused, is told too. */
  held(podUid: string, waits: boolean): void;
}

export interface ScanMetrics extends ScanRecorder {
  /** The Prometheus text form. */
  text(): string;
}

/** Upper bounds, seconds: a small image that was read before takes milliseconds, a large new one minutes. */
const scanBounds = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const matchBounds = [0.05, 0.1, 0.5, 1, 2, 5, 15, 60];

/** Metrics of one node's scans; in memory, from the agent's start on. */
export function createScanMetrics(): ScanMetrics {
  const scans = new Histogram("bulkhead_image_scan_duration_seconds", "How long it took to read an image.", scanBounds);
  const matches = new Histogram(
    "bulkhead_image_match_duration_seconds",
    "How long it took to match all images that run with changed advisories.",
    matchBounds,
  );
  const matched = new Counter("bulkhead_images_matched_total", "Images that were matched with changed advisories.");
  const failures = new Counter("bulkhead_image_scan_failures_total", "Attempts at an image that failed.");
  const held = new Set<string>();
  matched.add({}, 0);
  failures.add({}, 0);
  const heldFamily = (): MetricFamily => ({
    name: "bulkhead_image_held_pods",
    help: "Pods that wait for a scan of one of their images.",
    type: "gauge",
    samples: [{ labels: {}, value: held.size }],
  });
  return {
    scanned: (milliseconds) => scans.observe(milliseconds / 1000),
    matched: (images, milliseconds) => {
      matched.add({}, images);
      matches.observe(milliseconds / 1000);
    },
    failed: () => failures.add(),
    held: (podUid, waits) => void (waits ? held.add(podUid) : held.delete(podUid)),
    text: () => {
      const families = [scans.family(), matches.family(), matched.family(), failures.family(), heldFamily()];
      return `${[...metricLines(families)].join("\n")}\n`;
    },
  };
}
