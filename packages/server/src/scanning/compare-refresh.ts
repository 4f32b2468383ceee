import type { Pod } from "@bulkhead/api";
import type { ImageRuleSet, Refresh } from "@bulkhead/policy";
import { type Comparison, compareGenerations } from "./compare-generations.ts";
import type { StillAdvisories } from "./refresh-gate.ts";
import type { ReportStore } from "./report-store.ts";
import { startWorker, type WorkerProgram } from "./run-worker.ts";

export interface CompareRefreshOptions {
  readonly program: WorkerProgram;
  readonly store: Pick<ReportStore, "kept" | "whole">;
  readonly pods: () => readonly Pod[];
  readonly nodeName: string;
  readonly rules: (now: number) => { readonly images: ImageRuleSet };
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Milliseconds that one image may take. */
  readonly deadline: number;
}

const over = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Says what new advisories would change for what runs here: matched by a worker, and nothing of it kept. */
export const compareRefresh =
  (options: CompareRefreshOptions) =>
  async (fresh: StillAdvisories, sources: Refresh["sources"]): Promise<Comparison> => {
    const { program, store, signal, deadline } = options;
    const now = options.now();
    const setting = { now, advisories: fresh.file };
    const worker = startWorker({ program, setting, descriptors: [], deadline, signal });
    try {
      return await compareGenerations({
        pods: options.pods().filter((pod) => pod.spec?.nodeName === options.nodeName && !over(pod)),
        rules: options.rules(now).images,
        now,
        sources,
        before: async (digest) => (await store.kept(digest))?.answer.facts,
        after: async (digest) => {
          const whole = await store.whole(digest);
          if (whole === undefined) return undefined;
          const answer = await worker.ask({ job: "match" }, whole);
          if ("failed" in answer) throw new Error(answer.failed);
          return answer.short.facts;
        },
      });
    } finally {
      worker.close();
    }
  };
