import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { defaultLimits, SourceError } from "@bulkhead/images";
import { layoutLimit } from "./job.ts";
import type { ImageWorker } from "./run-worker.ts";

/** An image's manifest and configuration, open for reading, and its layers by name. */
export interface OpenedImage {
  /** Of its platform's manifest. */
  readonly manifest: string;
  /** Digests in the order of `descriptors`. */
  readonly digests: readonly string[];
  readonly descriptors: readonly number[];
  /** Each once. */
  readonly layers: readonly string[];
  close(): Promise<void>;
}

const mostLayers = defaultLimits.layers;
const digestForm = /^sha256:[0-9a-f]{64}$/;

/** Opens one blob of containerd's content store. No link is followed. Throws SourceError. */
export const openBlob = async (blobs: string, digest: string): Promise<FileHandle> => {
  if (!digestForm.test(digest)) throw new SourceError("malformed", `${digest} is no digest`);
  const path = join(blobs, "sha256", digest.slice("sha256:".length));
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    throw new SourceError("absent", `${digest} is not in the node's content store`, error);
  }
  throw new SourceError("absent", `${digest} is no file in the node's content store`);
};

export interface ImageToOpen {
  /** containerd's blobs. */
  readonly blobs: string;
  readonly digest: string;
  /** For messages. */
  readonly name: string;
  /** A worker that was never asked anything. */
  readonly start: () => Pick<ImageWorker, "layout" | "close">;
}

/**
 * Opens manifest and configuration of an image in containerd's content store, and says which layers it has. A worker reads
 * them; here they are bytes, and nothing is opened that they do not name. Their digests are checked by whoever reads them.
 * Throws SourceError.
 */
export async function openBlobs({ blobs, digest, name, start }: ImageToOpen): Promise<OpenedImage> {
  const worker = start();
  try {
    const given = [digest];
    const bytes = [await readBlob(blobs, digest, name)];
    const named = (each: string): string => {
      if (each === digest || bytes.some((blob) => blob.includes(each))) return each;
      throw new SourceError("malformed", `${name}: nothing of it names ${each}`);
    };
    while (given.length <= layoutLimit.blobs) {
      const answer = await worker.layout({ job: "layout", name, digest, given }, bytes);
      if ("failed" in answer) throw new SourceError("malformed", answer.failed);
      if (!("wanted" in answer)) {
        const { manifest, config, layers } = answer;
        return await opened(blobs, named(manifest), named(config), [...new Set(layers)].map(named), name);
      }
      const next = named(answer.wanted);
      given.push(next);
      bytes.push(await readBlob(blobs, next, name));
    }
    throw new SourceError("limit", `${name}: more than ${layoutLimit.blobs} manifests and configurations`);
  } finally {
    worker.close();
  }
}

async function readBlob(blobs: string, digest: string, name: string): Promise<Buffer> {
  const file = await openBlob(blobs, digest);
  try {
    const { size } = await file.stat();
    const limit = layoutLimit.blob;
    if (size > limit) throw new SourceError("limit", `${name}: ${digest} has ${size} bytes, more than ${limit}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function opened(
  blobs: string,
  manifest: string,
  config: string,
  layers: readonly string[],
  name: string,
): Promise<OpenedImage> {
  if (layers.length > mostLayers)
    throw new SourceError("limit", `${name}: ${layers.length} layers, more than ${mostLayers}`);
  const wanted = [...new Set([manifest, config])];
  const files: FileHandle[] = [];
  const close = async (): Promise<void> => void (await Promise.all(files.map((file) => file.close())));
  try {
    for (const each of wanted) files.push(await openBlob(blobs, each));
  } catch (error) {
    await close();
    throw error;
  }
  return { manifest, digests: wanted, descriptors: files.map((file) => file.fd), layers, close };
}
