import { fstatSync, read } from "node:fs";
import { promisify } from "node:util";
import type { LayerBytes } from "../layers/read-layer.ts";
import type { ImageSource } from "./image-source.ts";
import { type BlobStore, imageFromManifest } from "./manifest-image.ts";
import { SourceError } from "./source-error.ts";

/** Open files by the digests of what they should hold. */
export type BlobDescriptors = Readonly<Record<string, number>>;

const readAt = promisify(read);
const piece = 1 << 20;

/** Bytes of an open file, from one offset to another. */
async function* bytesOf(descriptor: number, from: number, to: number, name: string): LayerBytes {
  const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(piece, to - from)));
  for (let at = from; at < to; ) {
    const { bytesRead } = await readAt(descriptor, buffer, 0, Math.min(buffer.length, to - at), at);
    if (bytesRead === 0) throw new SourceError("malformed", `${name}: a blob is cut off`);
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The whole of a blob that was opened by somebody else; `name`: for messages. */
export const descriptorBytes = (descriptor: number, name: string): LayerBytes =>
  bytesOf(descriptor, 0, fstatSync(descriptor).size, name);

/** An image whose blobs were opened by somebody else: read through these descriptors, and nothing else is opened. */
export function openDescriptors(blobs: BlobDescriptors, digest: string, name: string): ImageSource {
  const descriptorOf = (wanted: string): number => {
    const descriptor = Object.hasOwn(blobs, wanted) ? blobs[wanted] : undefined;
    if (descriptor === undefined) throw new SourceError("absent", `${name}: ${wanted} was not handed over`);
    return descriptor;
  };
  const store: BlobStore = {
    async read(wanted, limit) {
      const descriptor = descriptorOf(wanted);
      const { size } = fstatSync(descriptor);
      if (size > limit)
        throw new SourceError("limit", `${name}: ${size} bytes where at most ${limit} are expected (${wanted})`);
      const whole = Buffer.alloc(size);
      let done = 0;
      for await (const chunk of bytesOf(descriptor, 0, size, name)) {
        whole.set(chunk, done);
        done += chunk.length;
      }
      return whole;
    },
    open: (wanted) => descriptorBytes(descriptorOf(wanted), name),
  };
  return {
    image: (platform) => imageFromManifest(store, { mediaType: "", digest }, name, platform),
    close: async () => undefined,
  };
}
