import { setImmediate } from "node:timers/promises";
import type { Steps } from "@bulkhead/analysis";

/** Milliseconds of work at a time: what others wait for us at most, but for a single step that takes longer. */
const slice = 8;

/** Work on the evaluation: one piece after the other, each in slices between which every other controller has its turn. */
export interface Slices {
  /** What `work` makes; it begins when the pieces before it are done. Rejects once we are to stop. */
  run<T>(work: () => Steps<T>): Promise<T>;
  /** The same of a short look, in one piece. */
  look<T>(work: () => T): Promise<T>;
}

export function createSlices(signal: AbortSignal, most = slice): Slices {
  let last: Promise<unknown> = Promise.resolve();

  async function inSlices<T>(steps: Steps<T>): Promise<T> {
    for (let began = performance.now(); ; ) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (performance.now() - began < most) continue;
      await setImmediate();
      signal.throwIfAborted();
      began = performance.now();
    }
  }

  function after<T>(work: () => T | Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  return {
    run: (work) => after(() => inSlices(work())),
    look: after,
  };
}
