import { createHash } from "node:crypto";
import type { ImageTrustPolicy } from "@bulkhead/api";
import { type CollectedVex, collectVex, type SignatureRegistry } from "@bulkhead/images";
import { ImageReferenceError, parseImageReference, vexNeeds } from "@bulkhead/policy";
import type { JobVex } from "./job.ts";
import type { RunningImage } from "./running-images.ts";

export interface ImageVexOptions {
  readonly policies: () => readonly ImageTrustPolicy[];
  /** How a registry is asked, with the rights to pull from this repository. */
  readonly connect: (registry: string, repository: string) => Promise<SignatureRegistry>;
  readonly now: () => number;
  /** Milliseconds for one image, whatever its registry serves; default 15,000. */
  readonly timeout?: number;
}

/** What is said about the flaws of running images: by policies, and beside the images at their registries. */
export interface ImageVexSource {
  /** Another text whenever an image is to be matched again because of what is said, or may be said, about it. */
  stamp(image: RunningImage): string;
  /**
   * For the next job about an image. What lies beside it is looked for every few hours; no bytes are kept here, they stay in
   * the image's report. Never rejects: where a registry does not answer, what was found before holds.
   */
  job(image: RunningImage): Promise<JobVex>;
  forget(digest: string): void;
}

/** A vendor may say at any time that an image is not affected, and seldom does. */
const every = 6 * 3_600_000;
const again = 10 * 60_000;

export function createImageVex({ policies, connect, now, timeout = 15_000 }: ImageVexOptions): ImageVexSource {
  const next = new Map<string, number>();
  const isDue = (digest: string): boolean => (next.get(digest) ?? 0) <= now();

  async function look(name: string, digest: string): Promise<readonly CollectedVex[] | undefined> {
    const { registry, repository } = parseImageReference(name);
    const signal = AbortSignal.timeout(timeout);
    const found = await collectVex(await connect(registry, repository), { repository, digest, signal });
    const unanswered = found.failures.some(({ reason }) => reason === "unreachable" || reason === "unauthorized");
    if (unanswered && found.carried.length === 0) return undefined;
    return found.carried.length + found.failures.length === 0 ? [] : [found];
  }

  async function collect({ digest, names: [name] }: RunningImage): Promise<readonly CollectedVex[] | undefined> {
    if (!isDue(digest) || name === undefined) return undefined;
    // Counted from here, so that a failure of any kind waits its turn too.
    next.set(digest, now() + again);
    const found = await look(name, digest).catch(() => undefined);
    if (found !== undefined) next.set(digest, now() + every);
    return found;
  }

  return {
    stamp: ({ digest, names }) => {
      const needs = vexNeeds(policies(), names);
      const hash = createHash("sha256").update(JSON.stringify(needs)).digest("hex").slice(0, 32);
      return isDue(digest) ? `${hash} due` : hash;
    },
    async job(image) {
      const [name = ""] = image.names;
      const collected = await collect(image);
      const repository = repositoryOf(name);
      return {
        needs: vexNeeds(policies(), image.names),
        ...(collected === undefined ? {} : { collected }),
        ...(repository === undefined ? {} : { repository }),
      };
    },
    forget: (digest) => void next.delete(digest),
  };
}

function repositoryOf(name: string): string | undefined {
  try {
    const { registry, repository } = parseImageReference(name);
    return `${registry}/${repository}`;
  } catch (error) {
    if (error instanceof ImageReferenceError) return undefined;
    throw error;
  }
}
