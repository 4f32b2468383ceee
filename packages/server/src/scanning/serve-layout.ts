import { type BlobStore, imageFromManifest, SourceError } from "@bulkhead/images";
import type { JobAnswer, LayoutJob } from "./job.ts";

/** Says what an image consists of, or which of its blobs is to be handed over before that can be said. */
export async function answerLayout(
  { name, digest, given }: LayoutJob,
  blobs: readonly Uint8Array[],
): Promise<JobAnswer> {
  const had = new Map(given.map((each, i) => [each, blobs[i]]));
  let wanted: string | undefined;
  const store: BlobStore = {
    read: async (each, limit) => {
      const bytes = had.get(each);
      if (bytes === undefined) wanted = each;
      if (bytes === undefined) throw new SourceError("absent", `${name}: ${each} is not at hand`);
      if (bytes.length > limit)
        throw new SourceError("limit", `${name}: ${each} has ${bytes.length} bytes, more than ${limit}`);
      return bytes;
    },
    open: (each) => {
      throw new SourceError("absent", `${name}: ${each} is not for this program to read`);
    },
  };
  let answer: object;
  try {
    const image = await imageFromManifest(store, { mediaType: "", digest }, name);
    const layers = [...new Set(image.layers.flatMap((layer) => layer.digest ?? []))];
    answer = { manifest: image.digest ?? digest, config: image.configDigest, layers };
  } catch (error) {
    if (wanted === undefined) throw error;
    answer = { wanted };
  }
  return { short: Buffer.from(JSON.stringify(answer), "utf8"), whole: Buffer.alloc(0) };
}
