import { type ImageReport, imageReportName, imageReportNamespaces, type ScanFacts, securityGroup } from "@bulkhead/api";
import type { ImageFacts } from "@bulkhead/policy";
import type { Store } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";

/** What is known of an image's content, for a namespace; undefined: nobody has reported it. */
export type KnownImages = (digest: string, namespace: string) => Pick<ImageFacts, "scan" | "ranBefore"> | undefined;

/** Of what was found a report holds the gravest: enough to refuse, while a pass is the node's to give. */
function factsOf({ report }: ImageReport): ScanFacts | undefined {
  const { worst, scannedAt, sources, blindSpots } = report;
  if (worst === undefined || scannedAt === undefined) return undefined;
  return {
    ...worst,
    sources: sources.map(({ name, stale }) => ({ name, ...(stale === undefined ? {} : { stale }) })),
    blindSpots,
  };
}

/** Reads ImageReports. A list of namespaces that is full may lack some: then it counts as having run. */
export const knownImages =
  (store: Pick<Store, "get">): KnownImages =>
  (digest, namespace) => {
    const name = imageReportName(digest);
    const stored = store.get({ group: securityGroup, resource: "imagereports", namespace: "", name });
    if (stored === undefined) return undefined;
    const object = peek<ImageReport>(stored);
    const scan = factsOf(object);
    const { ranIn = [] } = object.report;
    const ranBefore = ranIn.includes(namespace) || ranIn.length >= imageReportNamespaces;
    return scan === undefined ? undefined : { scan, ranBefore };
  };
