import type { BlobDescriptors, ImageScan, MatchResult } from "@bulkhead/images";

/** What the worker is started with: its first message. */
export interface WorkerSetting {
  /** The database of advisories, held still by whoever starts the worker; absent: there is none. */
  readonly advisories?: string;
  /** Where layers that were read are remembered; the worker's own folder. Absent: nowhere. */
  readonly cache?: string;
  /** Milliseconds since the epoch: the worker's time of the scan. */
  readonly now: number;
}

/** Reads an image whose blobs are open already. */
export interface ScanJob {
  readonly job: "scan";
  /** For people: the image's name. */
  readonly name: string;
  /** What the report is named by: may be an index's digest. */
  readonly digest: string;
  /** Of its platform's manifest. */
  readonly manifest: string;
  readonly blobs: BlobDescriptors;
}

/** Matches what was read before; the next message holds the stored report. */
export interface MatchJob {
  readonly job: "match";
}

export type WorkerJob = ScanJob | MatchJob;

/** The whole that is known of an image: what is stored, packed with zstd, and read by people alone. */
export interface StoredReport {
  readonly format: 1;
  readonly digest: string;
  readonly scannedAt: number;
  readonly matchedAt: number;
  readonly scan: ImageScan;
  /** Absent: there were no advisories. */
  readonly match?: MatchResult;
}

export const storedFormat = 1;
/** Bytes of a stored report, packed and unpacked. */
export const wholeLimit = { packed: 32 << 20, unpacked: 256 << 20 };
/** Bytes of the worker's answer in JSON. */
export const answerLimit = 4 << 20;
/** How much of each list an answer may hold. */
export const listLimit = { findings: 4000, other: 500 };
export const textLimit = 512;
