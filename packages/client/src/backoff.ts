/** How long to wait before the next attempt. */
export interface Backoff {
  /** Milliseconds for this attempt; grows by `factor` up to `cap`, plus up to `jitter` of itself. */
  next(): number;
  reset(): void;
}

export interface BackoffOptions {
  readonly base: number;
  readonly cap: number;
  /** Default 2. */
  readonly factor?: number;
  /** Share of the delay added at random, default 0. */
  readonly jitter?: number;
  readonly random?: () => number;
}

/** Exponential back-off with jitter. */
export function createBackoff(options: BackoffOptions): Backoff {
  const { base, cap, factor = 2, jitter = 0, random = Math.random } = options;
  let delay = base;
  return {
    next() {
      const now = Math.min(delay, cap);
      delay = Math.min(delay * factor, cap);
      return Math.round(now * (1 + jitter * random()));
    },
    reset() {
      delay = base;
    },
  };
}

/** Resolves after the time, or at once when the signal aborts; never rejects. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });
  });
}
