import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { createMatcher, openDescriptors, openHandedRecords, openStillAdvisories, scanImage } from "@bulkhead/images";
import type { JobAnswer } from "./job.ts";
import {
  type MatchJob,
  recordOffset,
  type ScanJob,
  type StoredReport,
  storedFormat,
  type WorkerSetting,
  wholeLimit,
} from "./job.ts";
import { readJobVex } from "./job-vex.ts";
import { markInUse } from "./mark-in-use.ts";
import { shorten } from "./shorten.ts";

/** Answers what is asked of whole images: lays them together and matches them, or matches what was read before. */
export interface ImageAnswers {
  /** `more`: the messages that came after the job. */
  answer(job: ScanJob | MatchJob, more: readonly Buffer[]): Promise<JobAnswer>;
  close(): void;
}

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), "utf8");

export function openImageAnswers(setting: WorkerSetting): ImageAnswers {
  const database = setting.advisories === undefined ? undefined : openStillAdvisories(setting.advisories);
  const matcher = database === undefined ? undefined : createMatcher(database);

  async function readBefore(
    job: ScanJob | MatchJob,
    stored: Buffer | undefined,
  ): Promise<Pick<StoredReport, "digest" | "scannedAt" | "scan" | "vex" | "inUse">> {
    if (job.job === "match") {
      if (stored === undefined) throw new Error("no report came with the job");
      const text = zstdDecompressSync(stored, { maxOutputLength: wholeLimit.unpacked }).toString("utf8");
      return JSON.parse(text) as StoredReport;
    }
    const key = Buffer.from(setting.key ?? "", "base64");
    const source = openDescriptors(job.blobs, job.manifest, job.name);
    const scan = await scanImage(source, { cache: openHandedRecords(job.records, recordOffset, key) });
    return { digest: job.digest, scannedAt: setting.now, scan };
  }

  return {
    async answer(job, more) {
      const rest = [...more];
      const before = await readBefore(job, job.job === "match" ? rest.shift() : undefined);
      const manifest = before.scan.digest;
      const { digest } = before;
      const beside = rest.shift();
      const image = manifest === undefined ? { digest } : { digest, manifest };
      const vex = await readJobVex(job.vex, beside, before.vex, image);
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
      return { short: bytesOf(shorten(report, database, vex.unknown)), whole };
    },
    close: () => database?.close(),
  };
}
