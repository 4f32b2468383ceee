import type { ImageReportSummary } from "@bulkhead/api";
import type { ImageList } from "../commands/image-list.ts";
import { columns, harmless, paint } from "../output/print.ts";

/** Without the digest, which has a column of its own. */
const nameOf = ({ images, digest }: ImageReportSummary): string =>
  harmless((images[0] ?? digest).replace(/@sha256:[0-9a-f]+$/, ""));

function standing(image: ImageReportSummary): string {
  if (image.failure !== undefined) return paint("yellow", `not read: ${harmless(image.failure)}`);
  if (image.scannedAt === undefined) return paint("yellow", "not scanned yet");
  if (image.sources.length === 0) return paint("yellow", "no advisories to match it with");
  const stale = image.sources.filter((source) => source.stale !== undefined).length;
  const notes = [
    ...(stale === 0 ? [] : [`${stale} of ${image.sources.length} sources stale`]),
    ...(image.blindSpots.length === 0 ? [] : [`${image.blindSpots.length} blind spots`]),
    ...((image.coverage?.executables ?? 0) > (image.coverage?.explained ?? 0)
      ? [
          `${(image.coverage?.executables ?? 0) - (image.coverage?.explained ?? 0)} of ${image.coverage?.executables ?? 0} programs of no package`,
        ]
      : []),
  ];
  return notes.length === 0 ? "" : paint("dim", notes.join(", "));
}

function row(image: ImageReportSummary): string[] {
  const { counts } = image;
  const grave = (count: number | undefined): string =>
    count === undefined ? "?" : count === 0 ? "0" : paint("red", String(count));
  const plain = (count: number | undefined): string => (count === undefined ? "?" : String(count));
  const known = image.sources.length === 0 ? undefined : counts;
  return [
    nameOf(image),
    image.digest.slice(7, 19),
    harmless(image.namespaces.join(",")),
    plain(image.packages),
    grave(known?.malicious),
    grave(known?.exploited),
    grave(known?.critical),
    plain(known?.high),
    plain(known?.fixable),
    plain(counts?.secrets),
    standing(image),
  ];
}

const head = [
  "IMAGE",
  "DIGEST",
  "RUNS IN",
  "PACKAGES",
  "MALICIOUS",
  "EXPLOITED",
  "CRITICAL",
  "HIGH",
  "FIXABLE",
  "SECRETS",
  "",
];

/** The images as a table, worst first. */
export const imageListText = ({ images }: ImageList): string =>
  images.length === 0
    ? "No image runs that has a report."
    : `${columns([head, ...images.map(row)])}\n\nThe whole of one: bulkhead image report DIGEST`;
