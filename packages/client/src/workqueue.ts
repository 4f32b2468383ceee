import { type Log, silentLog } from "@bulkhead/api";
import { hasReason } from "./failure.ts";
import type { Workqueue } from "./types.ts";

export interface WorkqueueOptions {
  /** For logs. */
  readonly name?: string;
  readonly log?: Log;
  /** Milliseconds of the first retry, default 5; doubles per failure of the key. */
  readonly backoffBase?: number;
  /** Milliseconds at most, default 1,000,000. */
  readonly backoffCap?: number;
}

/** Failures in a row before a person is told. */
const patience = 8;

/**
 * Keys to be worked on. A key added while it waits is one; added while it is worked on, it is worked on once more after.
 * Success forgets its failures.
 */
export function createWorkqueue(options: WorkqueueOptions = {}): Workqueue {
  const { log = silentLog, backoffBase = 5, backoffCap = 1_000_000 } = options;
  /** A Set keeps the order of arrival and each key once. */
  const waiting = new Set<string>();
  const working = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>();
  let wake: () => void = () => {};

  function add(key: string): void {
    if (working.has(key)) again.add(key);
    else {
      waiting.add(key);
      wake();
    }
  }

  /** The earlier of two times wins: a later look is covered by the earlier one's own consequences. */
  function addAfter(key: string, milliseconds: number): void {
    if (milliseconds <= 0) return add(key);
    const at = Date.now() + milliseconds;
    const known = timers.get(key);
    if (known !== undefined) {
      if (known.at <= at) return;
      clearTimeout(known.timer);
    }
    // setTimeout fires at once beyond 2^31 ms; waking a little early is harmless, since every look decides anew.
    const timer = setTimeout(
      () => {
        timers.delete(key);
        add(key);
      },
      Math.min(milliseconds, 2 ** 31 - 1),
    );
    timers.set(key, { timer, at });
  }

  async function one(key: string, work: (key: string) => Promise<void>): Promise<void> {
    try {
      await work(key);
      failures.delete(key);
    } catch (error) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      const wait = Math.min(backoffBase * 2 ** count, backoffCap);
      const about = { queue: options.name, key, wait, error: String(error) };
      // Conflicts end when the copy catches up; what else fails again and again a person should see, once.
      if (count === patience && !hasReason(error, "Conflict")) log.warn(about, "work fails again and again: trying on");
      else log.debug(about, "work failed: trying again");
      addAfter(key, wait);
    } finally {
      working.delete(key);
      if (again.delete(key)) waiting.add(key);
    }
  }

  return {
    add,
    addAfter,
    async run(concurrency, work, signal) {
      const running = new Set<Promise<void>>();
      const onAbort = (): void => wake();
      signal.addEventListener("abort", onAbort, { once: true });
      while (!signal.aborted) {
        for (const key of waiting) {
          if (running.size >= concurrency) break;
          waiting.delete(key);
          working.add(key);
          const job: Promise<void> = one(key, work).finally(() => {
            running.delete(job);
            wake();
          });
          running.add(job);
        }
        const woken = Promise.withResolvers<void>();
        wake = woken.resolve;
        await woken.promise;
      }
      signal.removeEventListener("abort", onAbort);
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
      await Promise.all(running);
    },
  };
}
