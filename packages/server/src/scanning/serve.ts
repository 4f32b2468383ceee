import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  type AdvisoryDatabase,
  createMatcher,
  type ImageScan,
  type Matcher,
  openDescriptors,
  openHandedRecords,
  openStillAdvisories,
  readLoneLayer,
  scanImage,
} from "@bulkhead/images";
import { frame, readFrames } from "./frames.ts";
import {
  jobLimit,
  recordOffset,
  type StoredReport,
  storedFormat,
  textLimit,
  type WorkerJob,
  type WorkerSetting,
  wholeLimit,
} from "./job.ts";
import { readJobVex } from "./job-vex.ts";
import { markInUse } from "./mark-in-use.ts";
import { shorten } from "./shorten.ts";

const headLimit = 1 << 20;

const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString("utf8"));
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), "utf8");

/**
 * The image worker's whole life: a setting, then one job after another, each answered by two messages: in short, and the
 * whole packed (empty where the job failed). Ends with its input.
 */
export async function serveScans(
  input: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const frames = readFrames(input);
  const first = await frames.next(headLimit);
  if (first === undefined) return;
  const setting = json(first) as WorkerSetting;
  const database = setting.advisories === undefined ? undefined : openStillAdvisories(setting.advisories);
  const matcher = database === undefined ? undefined : createMatcher(database);
  for (;;) {
    const head = await frames.next(jobLimit);
    if (head === undefined) break;
    const job = json(head) as WorkerJob;
    const stored = job.job === "match" ? await frames.next(wholeLimit.packed) : undefined;
    let answer: { readonly short: Buffer; readonly whole: Buffer };
    try {
      answer = await answerOf(job, stored, setting, database, matcher);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const failed = said.replace(/\p{Cc}/gu, "?").slice(0, textLimit);
      answer = { short: bytesOf({ failed }), whole: Buffer.alloc(0) };
    }
    await write(frame(answer.short));
    await write(frame(answer.whole));
  }
  database?.close();
}

async function answerOf(
  job: WorkerJob,
  stored: Buffer | undefined,
  setting: WorkerSetting,
  database: AdvisoryDatabase | undefined,
  matcher: Matcher | undefined,
): Promise<{ readonly short: Buffer; readonly whole: Buffer }> {
  const key = Buffer.from(setting.key ?? "", "base64");
  if (job.job === "layer") {
    const { digest, name, blob, spool } = job;
    const { bytes, complete } = await readLoneLayer({ digest, descriptor: blob, name, key, spool });
    return { short: bytesOf({ complete }), whole: bytes };
  }
  let before: Pick<StoredReport, "digest" | "scannedAt" | "scan" | "vex" | "inUse">;
  if (job.job === "scan") {
    const source = openDescriptors(job.blobs, job.manifest, job.name);
    const scan: ImageScan = await scanImage(source, { cache: openHandedRecords(job.records, recordOffset, key) });
    before = { digest: job.digest, scannedAt: setting.now, scan };
  } else {
    if (stored === undefined) throw new Error("no report came with the job");
    before = json(zstdDecompressSync(stored, { maxOutputLength: wholeLimit.unpacked })) as StoredReport;
  }
  const manifest = before.scan.digest;
  const { digest } = before;
  const vex = await readJobVex(job.vex, before.vex, manifest === undefined ? { digest } : { digest, manifest });
  const { scan, inUse } = markInUse(before.scan, job.inUse, before.inUse);
  const match = matcher?.match(scan.inventory, vex.options, setting.now);
  const report: StoredReport = {
    format: storedFormat,
    digest,
    scannedAt: before.scannedAt,
    matchedAt: setting.now,
    scan,
    ...(match === undefined ? {} : { match }),
    ...(vex.stored === undefined ? {} : { vex: vex.stored }),
    ...(inUse === undefined ? {} : { inUse }),
  };
  const whole = zstdCompressSync(bytesOf(report));
  if (whole.length > wholeLimit.packed) throw new Error("its report is larger than any that is kept");
  return { short: bytesOf(shorten(report, database)), whole };
}
