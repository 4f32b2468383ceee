import type { BlindSpot } from "../inventory.ts";
import type { Declared, FoundPackage, OwnedFiles } from "./declaration.ts";
import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";
import { bdbBlobs, isBdbHash } from "./rpm-bdb.ts";
import { parseRpmHeader } from "./rpm-header.ts";
import { ndbBlobs } from "./rpm-ndb.ts";
import { sqliteBlobs } from "./rpm-sqlite.ts";

/** Ten times what the largest installations have. */
const packagesLimit = 50_000;
const filesLimit = 3_000_000;
const blindSpotLimit = 200;

/** An rpm database of any form. One header that cannot be read is a blind spot; a broken database throws. */
export function parseRpmDatabase(path: string, body: FileBody): Declared {
  const blobs = blobsOf(body);
  const packages: FoundPackage[] = [];
  const owned: OwnedFiles[] = [];
  const blindSpots: BlindSpot[] = [];
  let files = 0;
  for (const blob of blobs) {
    try {
      const parsed = parseRpmHeader(blob);
      if (parsed === undefined) continue;
      files += parsed.owned.files.length;
      if (packages.length >= packagesLimit || files > filesLimit) break;
      packages.push(parsed.found);
      owned.push(parsed.owned);
    } catch (error) {
      if (!(error instanceof PackageError)) throw error;
      if (blindSpots.length >= blindSpotLimit)
        throw new PackageError("malformed", "most of its packages cannot be read");
      blindSpots.push({ what: "package-database", where: path, why: `one of its packages: ${error.message}` });
    }
  }
  if (packages.length >= packagesLimit || files > filesLimit)
    blindSpots.push({ what: "limit", where: path, why: `more than ${packagesLimit} packages or ${filesLimit} files` });
  return { packages, owned, blindSpots };
}

function blobsOf(body: FileBody): Iterable<Buffer> {
  const first = Buffer.from(body.read(0, 16));
  if (first.toString("latin1").startsWith("SQLite format 3")) return sqliteBlobs(body);
  if (first.toString("latin1").startsWith("RpmP")) return ndbBlobs(body);
  if (isBdbHash(first)) return bdbBlobs(body);
  throw new PackageError("unsupported", "an rpm database of neither sqlite, ndb nor Berkeley DB's hash form");
}
