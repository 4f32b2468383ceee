import { Counter, Histogram, type MetricFamily, metricLines, type Pod } from "@bulkhead/api";

/** Told by the scanning process what it did. */
export interface ScanRecorder {
  /** An image was read and matched. */
  scanned(milliseconds: number): void;
  /** Stored inventories were matched with changed advisories. */
  matched(images: number, milliseconds: number): void;
  /** An attempt at one image failed. */
  failed(): void;
}

export interface ScanMetricsOptions {
  /** All pods that are known, asked when somebody reads the metrics. */
  readonly pods: () => readonly Pod[];
  readonly nodeName: string;
}

export interface ScanMetrics extends ScanRecorder {
  /** The Prometheus text form. */
  text(): string;
}

/** Upper bounds, seconds: a small image that was read before takes milliseconds, a large new one minutes. */
const scanBounds = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const matchBounds = [0.05, 0.1, 0.5, 1, 2, 5, 15, 60];

/** Metrics of one node's scans; in memory, from the agent's start on. */
export function createScanMetrics({ pods, nodeName }: ScanMetricsOptions): ScanMetrics {
  const scans = new Histogram("bulkhead_image_scan_duration_seconds", "How long it took to read an image.", scanBounds);
  const matches = new Histogram(
    "bulkhead_image_match_duration_seconds",
    "How long it took to match all images that run with changed advisories.",
    matchBounds,
  );
  const matched = new Counter("bulkhead_images_matched_total", "Images that were matched with changed advisories.");
  const failures = new Counter("bulkhead_image_scan_failures_total", "Attempts at an image that failed.");
  matched.add({}, 0);
  failures.add({}, 0);
  const held = (): MetricFamily => ({
    name: "bulkhead_image_held_pods",
    help: "Pods with a container that does not start for what is, or is not yet, known of its image.",
    type: "gauge",
    samples: heldReasons.map((reason) => ({
      labels: { reason },
      value: pods().filter((pod) => pod.spec?.nodeName === nodeName && waitsFor(pod, reason)).length,
    })),
  });
  return {
    scanned: (milliseconds) => scans.observe(milliseconds / 1000),
    matched: (images, milliseconds) => {
      matched.add({}, images);
      matches.observe(milliseconds / 1000);
    },
    failed: () => failures.add(),
    text: () => {
      const families = [scans.family(), matches.family(), matched.family(), failures.family(), held()];
      return `${[...metricLines(families)].join("\n")}\n`;
    },
  };
}

const heldReasons = ["ImageScanPending", "ImageRefused"] as const;

const waitsFor = ({ status }: Pod, reason: string): boolean =>
  [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].some(({ state }) => state?.waiting?.reason === reason);
