import type { FileHandle } from "node:fs/promises";
import type { LayerJob } from "./job.ts";
import type { LayerRecords } from "./layer-records.ts";
import type { ImageWorker } from "./run-worker.ts";

export interface LayersToRead {
  /** Digests of an image's layers, each once. */
  readonly layers: readonly string[];
  /** The image's, for messages. */
  readonly name: string;
  readonly records: LayerRecords;
  readonly openBlob: (digest: string) => Promise<FileHandle>;
  /** A worker that was never asked anything, with these open files as descriptors 3, 4, … */
  readonly start: (descriptors: readonly number[]) => Pick<ImageWorker, "read" | "close">;
}

/** Records of an image's layers, open for reading, in the layers' order. */
export interface OpenedRecords {
  readonly descriptors: readonly number[];
  /** How many layers were read for it. */
  readonly read: number;
  close(): Promise<void>;
}

/**
 * Opens the records of an image's layers. A layer without one is read by a worker of its own that sees nothing else and
 * answers nothing else: one that takes its worker over can lie about itself alone. Throws for a layer that cannot be read.
 */
export async function openRecords({ layers, name, records, openBlob, start }: LayersToRead): Promise<OpenedRecords> {
  const files: FileHandle[] = [];
  const close = async (): Promise<void> => void (await Promise.all(files.map((file) => file.close())));
  let read = 0;

  async function readNow(digest: string): Promise<FileHandle> {
    const blob = await openBlob(digest);
    const spool = await records.spool().catch(async (error: unknown) => {
      await blob.close();
      throw error;
    });
    const worker = start([blob.fd, spool.fd]);
    try {
      const job: LayerJob = { job: "layer", name, digest, blob: 3, spool: 4 };
      const answer = await worker.read(job);
      if ("failed" in answer) throw new Error(answer.failed);
      if (answer.complete) await records.keep(digest, answer.record);
      return (await records.open(digest)) ?? (await records.lend(answer.record));
    } finally {
      worker.close();
      await spool.close();
      await blob.close();
    }
  }

  try {
    for (const digest of layers) {
      const known = await records.open(digest);
      if (known === undefined) read++;
      files.push(known ?? (await readNow(digest)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { descriptors: files.map((file) => file.fd), read, close };
}
