import { type ImageReport, type ImageReportSummary, type MetricFamily, securityGroup } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { parse } from "../resources/object-bytes.ts";

/** What metrics say of an image that runs. */
type Known = Pick<ImageReportSummary, "namespaces" | "counts" | "scannedAt" | "matchedAt" | "failure" | "sources">;

const severities = ["critical", "high", "medium", "low", "negligible", "unknown"] as const;
const marks = ["exploited", "malicious", "fixable", "secrets", "misconfigurations"] as const;
type CountName = (typeof severities)[number] | (typeof marks)[number];
/** Sources of advisories that are told apart. */
const mostSources = 64;

const seconds = (time: string | undefined): number | undefined => {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? undefined : at / 1000;
};

function keep({ report }: ImageReport): Known | undefined {
  const { images, namespaces, counts, scannedAt, matchedAt, failure, sources } = report;
  return images.length === 0 ? undefined : { namespaces, counts, scannedAt, matchedAt, failure, sources };
}

/** Metrics out of the ImageReports: what was read of one is kept until it changes. */
export function imageMetrics(store: Pick<Store, "list">): () => readonly MetricFamily[] {
  let kept = new Map<string, { readonly revision: number; readonly known: Known | undefined }>();
  return () => {
    const next: typeof kept = new Map();
    for (const object of store.list({ group: securityGroup, resource: "imagereports", namespace: undefined }).items) {
      const { name } = object.key;
      const { revision } = object;
      const before = kept.get(name);
      next.set(name, before?.revision === revision ? before : { revision, known: keep(parse<ImageReport>(object)) });
    }
    kept = next;
    return familiesOf([...next.values()].flatMap(({ known }) => (known === undefined ? [] : [known])));
  };
}

function familiesOf(images: readonly Known[]): MetricFamily[] {
  const oldest = (times: readonly (number | undefined)[]): MetricFamily["samples"] => {
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? [] : [{ labels: {}, value: known.reduce((a, b) => Math.min(a, b)) }];
  };
  const state = ({ failure, scannedAt, sources }: Known): string =>
    failure !== undefined
      ? "failed"
      : scannedAt === undefined
        ? "waiting"
        : sources.length === 0
          ? "unmatched"
          : "known";
  return [
    {
      name: "bulkhead_images",
      help: "Images that run, by what is known of them.",
      type: "gauge",
      samples: ["known", "unmatched", "waiting", "failed"].map((each) => ({
        labels: { state: each },
        value: images.filter((image) => state(image) === each).length,
      })),
    },
    {
      name: "bulkhead_image_findings",
      help: "Known flaws of the images that run in a namespace, by severity; an image counts once in each.",
      type: "gauge",
      samples: perNamespace(images, severities, "severity"),
    },
    {
      name: "bulkhead_image_marks",
      help: "Of these the exploited, malicious and fixable ones, and secrets and misconfigurations besides.",
      type: "gauge",
      samples: perNamespace(images, marks, "mark"),
    },
    {
      name: "bulkhead_image_oldest_scan_timestamp_seconds",
      help: "When the image that was read the longest ago was read.",
      type: "gauge",
      samples: oldest(images.map(({ scannedAt }) => seconds(scannedAt))),
    },
    {
      name: "bulkhead_image_oldest_match_timestamp_seconds",
      help: "When the image that was held against advisories the longest ago was.",
      type: "gauge",
      samples: oldest(images.map(({ matchedAt }) => seconds(matchedAt))),
    },
    ...sourceFamilies(images),
  ];
}

function perNamespace(images: readonly Known[], names: readonly CountName[], label: string): MetricFamily["samples"] {
  const sums = new Map<string, Map<CountName, number>>();
  for (const { namespaces, counts, sources } of images) {
    if (counts === undefined) continue;
    // Where nothing was matched, no flaw is known, and that is no number.
    const told =
      sources.length > 0 ? names : names.filter((name) => name === "secrets" || name === "misconfigurations");
    for (const namespace of namespaces) {
      const sum = sums.get(namespace) ?? new Map<CountName, number>();
      sums.set(namespace, sum);
      for (const name of told) sum.set(name, (sum.get(name) ?? 0) + counts[name]);
    }
  }
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([namespace, sum]) => [...sum].map(([name, value]) => ({ labels: { namespace, [label]: name }, value })));
}

/** As the image that was matched last names them. */
function sourceFamilies(images: readonly Known[]): MetricFamily[] {
  const latest = images.reduce<Known | undefined>(
    (last, image) => ((image.matchedAt ?? "") > (last?.matchedAt ?? "") ? image : last),
    undefined,
  );
  const sources = (latest?.sources ?? []).slice(0, mostSources);
  return [
    {
      name: "bulkhead_advisories_checked_timestamp_seconds",
      help: "When a source of advisories was last taken in or found unchanged.",
      type: "gauge",
      samples: sources.flatMap(({ name, checkedAt }) => {
        const value = seconds(checkedAt);
        return value === undefined ? [] : [{ labels: { source: name }, value }];
      }),
    },
    {
      name: "bulkhead_advisories_records",
      help: "Records of a source of advisories.",
      type: "gauge",
      samples: sources.map(({ name, records }) => ({ labels: { source: name }, value: records })),
    },
    {
      name: "bulkhead_advisories_stale",
      help: "1: too old to be believed whole.",
      type: "gauge",
      samples: sources.map(({ name, stale }) => ({ labels: { source: name }, value: stale === undefined ? 0 : 1 })),
    },
  ];
}
