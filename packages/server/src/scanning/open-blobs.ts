import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { type BlobStore, defaultLimits, imageFromManifest, SourceError } from "@bulkhead/images";

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

/**
 * Opens manifest and configuration of an image in containerd's content store, and says which layers it has. Their digests
 * are checked by whoever reads them. Throws SourceError.
 */
export async function openBlobs(blobs: string, digest: string, name: string): Promise<OpenedImage> {
  const store: BlobStore = {
    async read(wanted, limit) {
      const file = await openBlob(blobs, wanted);
      try {
        const { size } = await file.stat();
        if (size > limit) throw new SourceError("limit", `${name}: ${wanted} has ${size} bytes, more than ${limit}`);
        return await file.readFile();
      } finally {
        await file.close();
      }
    },
    open: (wanted) => {
      throw new SourceError("absent", `${name}: ${wanted} is not for this program to read`);
    },
  };
  const image = await imageFromManifest(store, { mediaType: "", digest }, name);
  const manifest = image.digest ?? digest;
  const wanted = [...new Set([manifest, image.configDigest])];
  const layers = [...new Set(image.layers.flatMap((l) => l.digest ?? []))];
  if (layers.length > mostLayers)
    throw new SourceError("limit", `${name}: ${layers.length} layers, more than ${mostLayers}`);
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
