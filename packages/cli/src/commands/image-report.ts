import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import type { ImageScan, ImageVex, MatchResult } from "@bulkhead/images";
import { CommandFailure } from "../exit-codes.ts";
import type { ScanReport } from "../image/scan-report.ts";
import { openCluster } from "../instance/cluster.ts";
import { imageList } from "./image-list.ts";

export interface ImageReportOptions {
  readonly root?: string;
}

/** As the agent keeps it: root's alone. */
interface StoredReport {
  readonly format: 1;
  readonly digest: string;
  readonly scannedAt: number;
  readonly matchedAt: number;
  readonly scan: ImageScan;
  readonly match?: MatchResult;
  readonly vex?: Pick<ImageVex, "documents" | "failures">;
  readonly inUse?: ScanReport["inUse"];
}

const limits = { packed: 32 << 20, unpacked: 256 << 20 };
const file = /^sha256-([0-9a-f]{64})\.json\.zst$/;
const unpack = promisify(zstdDecompress);

/** The whole report of an image that runs or ran here, named by its name or by the beginning of its digest. */
export async function imageReport(text: string, options: ImageReportOptions): Promise<ScanReport> {
  const { client, instance, paths } = await openCluster(options);
  client.close();
  if (instance === undefined)
    throw new CommandFailure("whole reports are kept on the node, and this is none of the cluster's");
  const folder = join(paths.root, "reports");
  const digests = await readdir(folder).then(
    (names) => names.flatMap((name) => file.exec(name)?.[1] ?? []),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw new CommandFailure(`${folder} cannot be read: whole reports are root's (${error.message})`, 2, error);
    },
  );
  const digest = await digestOf(text, digests, options);
  const handle = await open(join(folder, `sha256-${digest}.json.zst`), constants.O_RDONLY | constants.O_NOFOLLOW);
  let report: StoredReport;
  try {
    if ((await handle.stat()).size > limits.packed)
      throw new CommandFailure(`the report of sha256:${digest} is larger than any that is kept`);
    const bytes = await unpack(await handle.readFile(), { maxOutputLength: limits.unpacked });
    report = JSON.parse(bytes.toString("utf8")) as StoredReport;
  } finally {
    await handle.close();
  }
  const { scan, match, vex, inUse } = report;
  return {
    name: scan.name,
    digest: report.digest,
    scan,
    inventory: scan.inventory,
    checks: scan.checks,
    secrets: scan.secrets,
    ...(match === undefined
      ? { unmatched: "there were no advisories; bring some in with bulkhead advisories import" }
      : { match }),
    ...(inUse === undefined ? {} : { inUse }),
    ...(vex === undefined
      ? {}
      : {
          vex: {
            documents: vex.documents.map(({ manifest, ...rest }) => ({ from: manifest, ...rest })),
            failures: vex.failures,
          },
        }),
  };
}

async function digestOf(text: string, digests: readonly string[], options: ImageReportOptions): Promise<string> {
  const named = /^(?:.*@)?(?:sha256[:-])?([0-9a-f]{7,64})$/.exec(text)?.[1];
  const fitting = named === undefined ? [] : digests.filter((digest) => digest.startsWith(named));
  const [only] = fitting;
  if (fitting.length > 1) throw new CommandFailure(`${text}: several reports begin so; write more of the digest`);
  if (only !== undefined) return only;
  const { images } = await imageList({ ...options, all: true });
  const wanted = images.filter((image) => image.images.some((name) => name === text || name.startsWith(`${text}@`)));
  const hex = wanted[0]?.digest.replace("sha256:", "");
  if (wanted.length > 1)
    throw new CommandFailure(
      `${text}: several images of that name run; say which: ${wanted.map((i) => i.digest.slice(0, 19)).join(", ")}`,
    );
  if (hex === undefined || !digests.includes(hex))
    throw new CommandFailure(`${text}: there is no report of it; bulkhead image list shows what there is`, 1);
  return hex;
}
