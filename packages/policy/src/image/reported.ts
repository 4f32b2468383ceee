import { type ImageReport, imageReportNamespaces, type ScanFacts } from "@bulkhead/api";
import type { ImageFacts } from "./facts.ts";

/**
 * What an ImageReport says of an image, for a namespace; undefined: it says nothing of its content. A report holds the
 * gravest of what was found: enough to refuse, while a pass is the node's to give. A list of namespaces that is full may
 * lack some: then it counts as having run.
 */
export function reportedFacts(
  { report }: ImageReport,
  namespace: string,
): Pick<ImageFacts, "scan" | "ranBefore"> | undefined {
  const { worst, scannedAt, sources, blindSpots, ranIn = [] } = report;
  if (worst === undefined || scannedAt === undefined) return undefined;
  const scan: ScanFacts = {
    ...worst,
    sources: sources.map(({ name, stale }) => ({ name, ...(stale === undefined ? {} : { stale }) })),
    blindSpots,
  };
  return { scan, ranBefore: ranIn.includes(namespace) || ranIn.length >= imageReportNamespaces };
}
