import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "@bulkhead/host";
import type { ScanAnswer } from "./answer.ts";
import { wholeLimit } from "./job.ts";

/** What the agent keeps of one image beside the packed whole: the worker's answer, looked through. */
export interface KeptReport {
  readonly format: 1;
  readonly digest: string;
  readonly scannedAt: number;
  readonly matchedAt: number;
  /** The advisories that it was matched with. */
  readonly generation: string;
  readonly news?: string;
  readonly answer: ScanAnswer;
}

/** Reports in a folder of root's: two files an image. Nothing is kept in memory. */
export interface ReportStore {
  kept(digest: string): Promise<KeptReport | undefined>;
  /** The packed whole; undefined where there is none. */
  whole(digest: string): Promise<Buffer | undefined>;
  /** When it was last written, milliseconds; undefined where there is none. */
  writtenAt(digest: string): Promise<number | undefined>;
  put(report: KeptReport, whole: Uint8Array): Promise<void>;
  remove(digest: string): Promise<void>;
  /** Digests, and when each was last written. */
  list(): Promise<ReadonlyMap<string, number>>;
}

const form = /^sha256:([0-9a-f]{64})$/;

/** Where the reports of an instance are. */
export const reportFile = (folder: string, digest: string): string | undefined => {
  const hex = form.exec(digest)?.[1];
  return hex === undefined ? undefined : join(folder, `sha256-${hex}.json.zst`);
};

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === "ENOENT") return undefined;
  throw error;
};

/** Opens the folder, made 0700 where it is not there. */
export async function openReportStore(folder: string): Promise<ReportStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = (digest: string): { readonly short: string; readonly whole: string } => {
    const whole = reportFile(folder, digest);
    if (whole === undefined) throw new TypeError(`${digest} is no digest`);
    return { short: whole.replace(/\.json\.zst$/, ".short.json"), whole };
  };
  return {
    async kept(digest) {
      const text = await readFile(files(digest).short, "utf8").catch(absent);
      if (text === undefined) return undefined;
      try {
        const kept = JSON.parse(text) as KeptReport;
        return kept.format === 1 && kept.digest === digest ? kept : undefined;
      } catch {
        // Damaged: as good as none.
        return undefined;
      }
    },
    async whole(digest) {
      const { whole } = files(digest);
      const found = await stat(whole).catch(absent);
      return found === undefined || found.size > wholeLimit.packed ? undefined : readFile(whole);
    },
    writtenAt: async (digest) => (await stat(files(digest).short).catch(absent))?.mtimeMs,
    async put(report, whole) {
      const at = files(report.digest);
      // The short one last: it vouches for the other.
      await writeDurably(at.whole, whole, 0o600);
      await writeDurably(at.short, JSON.stringify(report), 0o600);
    },
    async remove(digest) {
      const at = files(digest);
      await rm(at.short, { force: true });
      await rm(at.whole, { force: true });
    },
    async list() {
      const found = new Map<string, number>();
      for (const name of await readdir(folder)) {
        const hex = /^sha256-([0-9a-f]{64})\.json\.zst$/.exec(name)?.[1];
        if (hex === undefined) continue;
        const { mtimeMs } = await stat(join(folder, name));
        found.set(`sha256:${hex}`, mtimeMs);
      }
      return found;
    },
  };
}
