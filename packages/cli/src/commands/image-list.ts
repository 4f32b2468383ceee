import type { ImageReportSummary } from "@bulkhead/api";
import { imageReports } from "@bulkhead/client";
import { ask, type ClusterOptions } from "../instance/cluster.ts";

export interface ImageListOptions extends ClusterOptions {
  /** Only what runs there. */
  readonly namespace?: string;
  /** Also what runs no more, while its report is kept. */
  readonly all?: boolean;
}

export interface ImageList {
  /** Worst first. */
  readonly images: readonly ImageReportSummary[];
}

const weights = ["malicious", "exploited", "critical", "high", "medium", "low", "secrets"] as const;

/** What is not known comes right after what is known to be bad. */
const unread = (image: ImageReportSummary): boolean => image.scannedAt === undefined || image.failure !== undefined;

/** Malicious, exploited, then by severity; equals by name. */
export function worstFirst(a: ImageReportSummary, b: ImageReportSummary): number {
  for (const weight of weights) {
    const difference = (b.counts?.[weight] ?? 0) - (a.counts?.[weight] ?? 0);
    if (difference !== 0) return difference;
    if (weight === "critical" && unread(a) !== unread(b)) return unread(a) ? -1 : 1;
  }
  const [left = a.digest, right = b.digest] = [a.images[0], b.images[0]];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Every image that runs, with the short of its report. */
export const imageList = (options: ImageListOptions): Promise<ImageList> =>
  ask(options, async ({ client }) => {
    const { items } = await client.list(imageReports);
    const { namespace } = options;
    const images = items
      .map(({ report }) => report)
      .filter((image) => options.all === true || image.images.length > 0)
      .filter((image) => namespace === undefined || image.namespaces.includes(namespace));
    return { images: images.toSorted(worstFirst) };
  });
