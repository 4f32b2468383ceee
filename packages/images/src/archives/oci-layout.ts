import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { fileBytes } from "./file-bytes.ts";
import { fieldsOf, parseJson } from "./image-config.ts";
import type { ImageSource, Platform } from "./image-source.ts";
import {
  type BlobStore,
  choosePlatform,
  type Descriptor,
  descriptorsOf,
  hostPlatform,
  imageFromManifest,
} from "./manifest-image.ts";
import { SourceError } from "./source-error.ts";

/** The image of a layout's index.json that a name means; without one, the only image there. */
export function chooseFromLayout(
  index: Uint8Array,
  wanted: string | undefined,
  what: string,
  platform: Platform = hostPlatform(),
): Descriptor {
  const manifests = parseJson(index, `${what}: index.json`)["manifests"];
  const descriptors = descriptorsOf(manifests, what);
  const named = descriptors.map((descriptor, i) => {
    const annotations = fieldsOf(fieldsOf((manifests as unknown[])[i])["annotations"]);
    const names = [
      annotations["org.opencontainers.image.ref.name"],
      annotations["io.containerd.image.name"],
      descriptor.digest,
    ];
    return { descriptor, names: names.filter((n): n is string => typeof n === "string") };
  });
  const fitting = wanted === undefined ? named : named.filter(({ names }) => names.includes(wanted));
  const [only] = fitting;
  if (only === undefined)
    throw new SourceError("absent", `${what}: no image${wanted === undefined ? "" : ` named ${wanted}`} in it`);
  if (fitting.length > 1 && wanted === undefined) {
    // Several platforms of one image are what an index would name.
    if (named.every(({ descriptor }) => descriptor.platform !== undefined))
      return choosePlatform(descriptors, platform, what);
    throw new SourceError(
      "absent",
      `${what}: ${fitting.length} images in it; say which, after a #: ${fitting
        .slice(0, 10)
        .map(({ names }) => names[0])
        .join(", ")}`,
    );
  }
  return only.descriptor;
}

/** Reads whole, bounded. */
export async function readBounded(
  file: FileHandle,
  offset: number,
  size: number,
  limit: number,
  what: string,
): Promise<Buffer> {
  if (size > limit) throw new SourceError("limit", `${what}: ${size} bytes where at most ${limit} are expected`);
  const bytes = Buffer.alloc(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await file.read(bytes, done, size - done, offset + done);
    if (bytesRead === 0) throw new SourceError("malformed", `${what}: it is cut off`);
    done += bytesRead;
  }
  return bytes;
}

async function openFile(path: string, what: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw new SourceError("absent", `${what}: ${path} cannot be opened`, error);
  }
}

/** Blobs as files `sha256/HEX` of a folder: an OCI layout's, or containerd's content store. Read only. */
export function folderBlobs(blobs: string, what: string): BlobStore {
  const pathOf = (digest: string): string => join(blobs, "sha256", digest.slice("sha256:".length));
  return {
    async read(digest, limit) {
      const file = await openFile(pathOf(digest), what);
      try {
        return await readBounded(file, 0, (await file.stat()).size, limit, what);
      } finally {
        await file.close();
      }
    },
    async *open(digest) {
      const file = await openFile(pathOf(digest), what);
      try {
        yield* fileBytes(file, 0, (await file.stat()).size);
      } finally {
        await file.close();
      }
    },
  };
}

/** An OCI layout in a folder. `reference`: its name or digest there, where there are several. */
export function openLayoutFolder(folder: string, reference?: string): ImageSource {
  return {
    async image(platform) {
      const file = await openFile(join(folder, "index.json"), folder);
      let index: Buffer;
      try {
        index = await readBounded(file, 0, (await file.stat()).size, 8 << 20, folder);
      } finally {
        await file.close();
      }
      const chosen = chooseFromLayout(index, reference, folder, platform);
      return imageFromManifest(folderBlobs(join(folder, "blobs"), folder), chosen, folder, platform);
    },
    close: async () => undefined,
  };
}

/**
 * An image in containerd's content store, by its manifest's or index's digest: `blobs` is the folder
 * `io.containerd.content.v1.content/blobs` below containerd's root. Nothing there is written or locked.
 */
export function openContainerdStore(blobs: string, digest: string, name: string = digest): ImageSource {
  return {
    image: (platform) => imageFromManifest(folderBlobs(blobs, name), { mediaType: "", digest }, name, platform),
    close: async () => undefined,
  };
}
