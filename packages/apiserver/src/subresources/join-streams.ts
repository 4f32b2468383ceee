import type { Duplex } from "node:stream";

/**
 * Passes bytes both ways at the pace of the slower side. A side that ends or breaks ends the other, but only after that
 * took everything that was under way to it: the last bytes of a command's output often come together with the end. A side
 * that does not go by itself is destroyed after `patience` milliseconds. Resolves when both are gone.
 * The same stands in `client`, which the API server does not import.
 */
export function joinStreams(one: Duplex, two: Duplex, patience = 30_000): Promise<void> {
  const pass = (from: Duplex, to: Duplex): Promise<void> =>
    new Promise((resolve) => {
      const over = (): void => {
        if (to.destroyed) return resolve();
        const timer = setTimeout(() => to.destroy(), patience);
        to.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        if (!to.writableEnded) to.end();
        // Nobody is there any more to take what it says; its own end is waited for.
        to.resume();
      };
      // What broke is closed next.
      from.on("error", () => undefined);
      if (from.closed) over();
      else from.once("close", over);
      from.pipe(to);
    });
  return Promise.all([pass(one, two), pass(two, one)]).then(() => undefined);
}
