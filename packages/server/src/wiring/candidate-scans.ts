import type { Log, ScanFacts } from "@bulkhead/api";
import type { WorkloadImage } from "@bulkhead/controllers";
import { borrowScan, type LentSupply } from "../scanning/borrow-worker.ts";
import type { LentScan } from "../scanning/lent-job.ts";

export type CandidateScan =
  | { readonly state: "known"; readonly facts: ScanFacts }
  | { readonly state: "pending" }
  | { readonly state: "failed"; readonly says: string };

export interface CandidateScans {
  /** What is in an image, by its digest; where nothing is known yet it is looked at, and `onChange` says when that is done. */
  scanOf(image: WorkloadImage & { readonly digest: string }): CandidateScan;
  /** More may be known of images than when they were scanned: each is scanned anew when it is asked about next. */
  renew(): void;
  /** Runs work of the same kind after what waits already: one thing at a time. */
  enqueue(work: () => Promise<void>): void;
  onChange(wake: () => void): void;
}

export interface CandidateScansOptions {
  /** Has one image scanned; throws where nobody can. */
  readonly scan: (
    image: WorkloadImage & { readonly digest: string },
  ) => Promise<{ readonly facts: ScanFacts } | { readonly failed: string }>;
  readonly now: () => number;
  readonly log: Log;
}

/** An image's advisories change: it is matched anew after this, while what was known goes on counting. */
const fresh = 3_600_000;
const failedFor = 300_000;
const most = 256;

/** Scans of images that do not run here yet, and of those that they would replace: one at a time, remembered by digest. */
export function createCandidateScans({ scan, now, log }: CandidateScansOptions): CandidateScans {
  const known = new Map<string, { scan: CandidateScan; until: number; asked: boolean }>();
  const wakes = new Set<() => void>();
  let queue = Promise.resolve();
  let renewed = 0;

  function enqueue(work: () => Promise<void>): void {
    queue = queue
      .then(work)
      .catch((error: unknown) => log.warn({ error: String(error) }, "an image of an update could not be looked at"))
      .then(() => {
        for (const wake of wakes) wake();
      });
  }

  async function look(image: WorkloadImage & { readonly digest: string }): Promise<void> {
    const entry = known.get(image.digest);
    if (entry === undefined) return;
    const begun = renewed;
    let next: CandidateScan;
    try {
      const answer = await scan(image);
      next = "failed" in answer ? { state: "failed", says: answer.failed } : { state: "known", facts: answer.facts };
    } catch (error) {
      next = { state: "failed", says: error instanceof Error ? error.message : String(error) };
    }
    if (next.state === "failed")
      log.warn(
        { image: `${image.registry}/${image.repository}@${image.digest}`, error: next.says },
        "an image of an update could not be scanned",
      );
    // What was known is not lost because a registry or a worker fails once.
    if (next.state === "known" || entry.scan.state !== "known") entry.scan = next;
    entry.until = begun === renewed ? now() + (next.state === "known" ? fresh : failedFor) : 0;
    entry.asked = false;
  }

  return {
    enqueue,
    renew() {
      renewed++;
      for (const entry of known.values()) entry.until = 0;
    },
    scanOf(image) {
      let entry = known.get(image.digest);
      if (entry === undefined) {
        entry = { scan: { state: "pending" }, until: 0, asked: false };
        known.set(image.digest, entry);
        const oldest = known.keys().next().value;
        if (known.size > most && oldest !== undefined) known.delete(oldest);
      }
      if (!entry.asked && entry.until <= now()) {
        entry.asked = true;
        enqueue(() => look(image));
      }
      return entry.scan;
    },
    onChange: (wake) => void wakes.add(wake),
  };
}

/** Has an image scanned by a worker that the agent lends. */
export const lentScan =
  (path: string, supply: (image: WorkloadImage) => Promise<LentSupply>, now: () => number) =>
  async (image: WorkloadImage & { readonly digest: string }) => {
    const job: LentScan = {
      job: "scan",
      name: `${image.registry}/${image.repository}`,
      digest: image.digest,
      now: now(),
    };
    const signal = AbortSignal.timeout(scanDeadline);
    return borrowScan({ path, signal }, job, await supply(image));
  };

/** The lender ends a worker by itself; a registry may dribble for longer. */
const scanDeadline = 900_000;
