import type { RegistryReach } from "./job.ts";
import { startWorker, type WorkerBeside, WorkerError, type WorkerProgram } from "./run-worker.ts";

export interface AskBesideOptions {
  /** With the network, and a user that reads no image. */
  readonly program: WorkerProgram;
  readonly reach: (registry: string, repository: string) => Promise<RegistryReach>;
  /** Milliseconds for one image, whatever its registry serves. */
  readonly patience: number;
  /** Milliseconds for its process beyond that; default 5,000. */
  readonly grace?: number;
  readonly now: () => number;
}

/** Asks registries for what lies beside images: a process without rights for each, gone with its answer. */
export const askBeside =
  ({ program, reach, patience, grace = 5000, now }: AskBesideOptions) =>
  async (image: {
    readonly registry: string;
    readonly repository: string;
    readonly digest: string;
  }): Promise<WorkerBeside> => {
    const known = await reach(image.registry, image.repository);
    const stop = new AbortController();
    const worker = startWorker({
      program,
      setting: { now: now() },
      descriptors: [],
      deadline: patience + grace,
      signal: stop.signal,
    });
    try {
      const answer = await worker.beside({ job: "beside", ...image, reach: known, patience });
      if ("failed" in answer) throw new WorkerError(answer.failed);
      return answer;
    } finally {
      worker.close();
    }
  };
