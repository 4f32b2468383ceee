import { createHash } from "node:crypto";
import type { ImageTrustPolicy, Log } from "@bulkhead/api";
import { ImageReferenceError, parseImageReference, vexNeeds } from "@bulkhead/policy";
import type { JobVex } from "./job.ts";
import { WorkerError } from "./run-worker.ts";
import type { RunningImage } from "./running-images.ts";

export interface ImageVexOptions {
  readonly policies: () => readonly ImageTrustPolicy[];
  /**
   * Asks a registry for what lies beside an image; what it answers is read by no process with rights. Throws WorkerError where
   * whoever asked crashed or was stopped.
   */
  readonly ask: (image: {
    readonly registry: string;
    readonly repository: string;
    readonly digest: string;
  }) => Promise<AskedBeside>;
  readonly now: () => number;
  readonly log: Log;
}

/** What lies beside an image, as JSON that is not looked into, and how much it is. */
export interface AskedBeside {
  readonly whole: Uint8Array;
  readonly carried: number;
  readonly unanswered: boolean;
}

/** What comes after a job: what lies beside its image, where that was looked for. */
export interface FoundBeside {
  readonly beside?: Uint8Array;
}

/** What is said about the flaws of running images: by policies, and beside the images at their registries. */
export interface ImageVexSource {
  /** Another text whenever an image is to be matched again because of what is said, or may be said, about it. */
  stamp(image: RunningImage): string;
  /**
   * For the next job about an image. What lies beside it is looked for every few hours; no bytes are kept here, they stay in
   * the image's report. Never rejects: where a registry does not answer, what was found before holds.
   */
  job(image: RunningImage): Promise<{ readonly vex: JobVex } & FoundBeside>;
  forget(digest: string): void;
}

/** A vendor may say at any time that an image is not affected, and seldom does. */
const every = 6 * 3_600_000;
const again = 10 * 60_000;

export function createImageVex({ policies, ask, now, log }: ImageVexOptions): ImageVexSource {
  const next = new Map<string, number>();
  const isDue = (digest: string): boolean => (next.get(digest) ?? 0) <= now();

  async function collect({ digest, names: [name] }: RunningImage): Promise<Uint8Array | "unread" | undefined> {
    if (!isDue(digest) || name === undefined) return undefined;
    // Counted from here, so that a failure of any kind waits its turn too.
    next.set(digest, now() + again);
    try {
      const { registry, repository } = parseImageReference(name);
      const { whole, carried, unanswered } = await ask({ registry, repository, digest });
      if (unanswered && carried === 0) return undefined;
      next.set(digest, now() + every);
      return whole;
    } catch (error) {
      if (!(error instanceof WorkerError)) return undefined;
      log.warn({ image: name, error: error.message }, "what lies beside an image could not be read");
      return "unread";
    }
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
      const said = { needs: vexNeeds(policies(), image.names), ...(repository === undefined ? {} : { repository }) };
      if (collected === undefined) return { vex: said };
      if (collected === "unread") return { vex: { ...said, beside: "unread" } };
      return { vex: { ...said, beside: "collected" }, beside: collected };
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
