import type { BlobDescriptors, CollectedVex, ImageScan, ImageVex, MatchResult } from "@bulkhead/images";
import type { VexNeeds } from "@bulkhead/policy";

/** What the worker is started with: its first message. */
export interface WorkerSetting {
  /** The database of advisories, held still by whoever starts the worker; absent: there is none. */
  readonly advisories?: string;
  /** Of secrets' fingerprints, base64. Absent: no image is read. */
  readonly key?: string;
  /** Milliseconds since the epoch: the worker's time of the scan. */
  readonly now: number;
}

/** What is said about an image's flaws, and whose word counts. */
export interface JobVex {
  readonly needs: VexNeeds;
  /**
   * `collected`: what lies beside the image at its registry follows in a message of its own, as another worker answered it.
   * `unread`: whoever was to ask crashed or was stopped, and what lies there is not known. Absent: what was collected before holds.
   */
  readonly beside?: "collected" | "unread";
  /** Name without tag or digest. */
  readonly repository?: string;
}

/** What processes of an image's containers have loaded lately. */
export interface JobInUse {
  /** Milliseconds since the epoch: when that was looked at last. */
  readonly lookedAt: number;
  /** Paths in the image, without leading slash. Hostile: whoever runs in a container names its files. */
  readonly files: readonly string[];
}

interface Job {
  /** Absent: nobody's statements. */
  readonly vex?: JobVex;
  /** Absent: what was seen before holds. */
  readonly inUse?: JobInUse;
}

/** Reads one layer, known by nothing but its digest. The only job of its worker: a layer may take the worker over. */
export interface LayerJob {
  readonly job: "layer";
  /** For messages: the image's name. */
  readonly name: string;
  readonly digest: string;
  /** An open file: the layer as stored. */
  readonly blob: number;
  /** An open file, empty, for what does not fit into memory. */
  readonly spool: number;
}

/** Lays an image together from the records of its layers. Only its manifest and configuration are at hand. */
export interface ScanJob extends Job {
  readonly job: "scan";
  /** For people: the image's name. */
  readonly name: string;
  /** What the report is named by: may be an index's digest. */
  readonly digest: string;
  /** Of its platform's manifest. */
  readonly manifest: string;
  readonly blobs: BlobDescriptors;
  /** By layers' digests; in each file the record begins at `recordOffset`. */
  readonly records: BlobDescriptors;
}

/** Matches what was read before; the next message holds the stored report. */
export interface MatchJob extends Job {
  readonly job: "match";
}

/** Says what an image consists of. Its index, manifest and configuration follow as messages, in the order of `given`. */
export interface LayoutJob {
  readonly job: "layout";
  /** For messages: the image's name. */
  readonly name: string;
  /** Of an index or of its platform's manifest. */
  readonly digest: string;
  /** What is at hand so far. */
  readonly given: readonly string[];
}

/** Asks a registry for what lies beside an image. The only job of its worker, which has the network and no image. */
export interface BesideJob {
  readonly job: "beside";
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
  readonly reach: RegistryReach;
  /** Milliseconds, whatever the registry serves. */
  readonly patience: number;
}

/** How one registry and its mirrors are reached, for a program that knows nothing of them. */
export interface RegistryReach {
  /** PEM, by `host[:port]`. */
  readonly authorities: Readonly<Record<string, string>>;
  readonly plainHttp: readonly string[];
  readonly mirrors: readonly string[];
  /** A token for this one repository, where the registry is the machine's own. */
  readonly token?: string;
  /** Milliseconds of silence. */
  readonly timeout: number;
}

export type WorkerJob = LayerJob | LayoutJob | BesideJob | ScanJob | MatchJob;

/** The whole that is known of an image: what is stored, packed with zstd, and read by people alone. */
export interface StoredReport {
  readonly format: 1;
  readonly digest: string;
  readonly scannedAt: number;
  readonly matchedAt: number;
  readonly scan: ImageScan;
  /** Absent: there were no advisories. */
  readonly match?: MatchResult;
  /** What lay beside the image when it was last looked for. */
  readonly vex?: StoredVex;
  /** Absent: no container's processes were looked at. */
  readonly inUse?: StoredInUse;
}

/** Packages of which containers have loaded files; they are marked in the inventory too. */
export interface StoredInUse {
  readonly lookedAt: number;
  readonly packages: readonly { readonly name: string; readonly version: string; readonly since: number }[];
}

export interface StoredVex {
  readonly collected: readonly CollectedVex[];
  /** Since then whoever was to look again crashed or was stopped: what lies there by now is not known. */
  readonly unread?: true;
  /** For people: the documents in it, and what could not be read. */
  readonly documents: ImageVex["documents"];
  readonly failures: ImageVex["failures"];
}

export const storedFormat = 1;
/** Bytes before a layer's record in its file: what the agent writes for itself. */
export const recordOffset = 65;
/** Bytes of a job in JSON. */
export const jobLimit = 24 << 20;
/** Bytes of an index, a manifest, a configuration, and how many of them an image may have. */
export const layoutLimit = { blob: 8 << 20, blobs: 6 };
/** Bytes of what lies beside an image, in JSON. */
export const besideLimit = 16 << 20;
/** Bytes of a stored report, packed and unpacked. */
export const wholeLimit = { packed: 32 << 20, unpacked: 256 << 20 };
/** Bytes of the worker's answer in JSON. */
export const answerLimit = 4 << 20;
/** How much of each list an answer may hold. */
export const listLimit = { findings: 4000, other: 500 };
export const textLimit = 512;

/** What a worker answers. Two messages: in short, and the whole packed. */
export interface JobAnswer {
  readonly short: Buffer;
  readonly whole: Buffer;
}
