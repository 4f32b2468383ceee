import { type ImageScan, packagesOfFiles } from "@bulkhead/images";
import type { JobInUse, StoredInUse } from "./job.ts";

/** Marks in a scan's inventory which packages are in use. Without news the marks stay as they were. */
export function markInUse(
  scan: ImageScan,
  news: JobInUse | undefined,
  before: StoredInUse | undefined,
): { readonly scan: ImageScan; readonly inUse?: StoredInUse } {
  if (news === undefined || scan.loadable === undefined)
    return { scan, ...(before === undefined ? {} : { inUse: before }) };
  const loaded = packagesOfFiles(scan.loadable, news.files);
  const known = new Map(before?.packages.map((each) => [`${each.name} ${each.version}`, each.since]));
  const packages = scan.inventory.packages.map(({ inUse: _before, ...found }, i) =>
    loaded.has(i) ? { ...found, inUse: true } : found,
  );
  return {
    scan: { ...scan, inventory: { ...scan.inventory, packages } },
    inUse: {
      lookedAt: news.lookedAt,
      packages: packages
        .filter((found) => "inUse" in found)
        .map(({ name, version }) => ({ name, version, since: known.get(`${name} ${version}`) ?? news.lookedAt })),
    },
  };
}
