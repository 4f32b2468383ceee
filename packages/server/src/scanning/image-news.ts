import type { FoundBeside, ImageVexSource } from "./image-vex.ts";
import type { InUse } from "./in-use.ts";
import type { JobInUse, JobVex } from "./job.ts";
import type { RunningImage } from "./running-images.ts";

/** What is learned of an image beside its bytes and the advisories: what is said of its flaws, and what of it is loaded. */
export interface ImageNews {
  /** Another text whenever the image is to be matched again; taken after `job`, it is what that job's answer stands for. */
  stamp(image: RunningImage): string;
  /** What the next job about the image brings, and the message that comes after it. Never rejects. */
  job(
    image: RunningImage,
  ): Promise<{ readonly told: { readonly vex: JobVex; readonly inUse?: JobInUse } } & FoundBeside>;
  forget(digest: string): void;
}

export const createImageNews = (vex: ImageVexSource, inUse: Pick<InUse, "stamp" | "job">): ImageNews => ({
  stamp: (image) => `${vex.stamp(image)} ${inUse.stamp(image.digest)}`,
  async job(image) {
    const loaded = inUse.job(image.digest);
    const { vex: said, ...found } = await vex.job(image);
    return { told: { vex: said, ...(loaded === undefined ? {} : { inUse: loaded }) }, ...found };
  },
  forget: (digest) => vex.forget(digest),
});
