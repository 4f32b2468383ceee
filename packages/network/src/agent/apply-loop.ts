import type { Log } from "@bulkhead/api";

/** Runs `apply` one at a time; all requests that come while one runs share the next. */
export interface ApplyLoop {
  /** Resolves after an `apply` that began after this call; rejects with its error. */
  request(): Promise<void>;
  /** Asks without waiting; failures are logged and tried again after a while. */
  wake(): void;
  close(): Promise<void>;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const retryMs = { first: 250, last: 15_000 } as const;

export function createApplyLoop(apply: () => Promise<void>, log: Log): ApplyLoop {
  let waiters: Waiter[] = [];
  let dirty = false;
  let closed = false;
  let running: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let delay: number = retryMs.first;

  async function turn(): Promise<void> {
    while (dirty && !closed) {
      dirty = false;
      const served = waiters;
      waiters = [];
      try {
        await apply();
        delay = retryMs.first;
        for (const waiter of served) waiter.resolve();
      } catch (error) {
        log.error({ error: String(error), retryMs: delay }, "packet rules could not be applied; those in force stay");
        for (const waiter of served) waiter.reject(error);
        retry ??= setTimeout(() => {
          retry = undefined;
          start();
        }, delay);
        delay = Math.min(delay * 2, retryMs.last);
      }
    }
  }

  function start(): void {
    dirty = true;
    // Whatever else this turn of the event loop brings goes into the same transaction.
    running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(turn).finally(() => {
      running = undefined;
      if (dirty && !closed) start();
    });
  }

  return {
    request() {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new Error("the network agent is closed"));
        waiters.push({ resolve, reject });
        start();
      });
    },
    wake() {
      if (!closed) start();
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      await running;
      for (const waiter of waiters) waiter.reject(new Error("the network agent is closed"));
      waiters = [];
    },
  };
}
