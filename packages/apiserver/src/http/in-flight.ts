import { StatusError } from "@bulkhead/api";
import type { HttpLimits } from "./limits.ts";

export type FlightClass = "read" | "write" | "long-running";

/** Counts requests under way and refuses with 429 beyond the cap, so that a burst waits outside instead of in memory. */
export class InFlight {
  readonly #caps: Readonly<Record<FlightClass, number>>;
  readonly #now: Record<FlightClass, number> = { read: 0, write: 0, "long-running": 0 };
  refused = 0;

  constructor(limits: Pick<HttpLimits, "maxReads" | "maxWrites" | "maxLongRunning">) {
    this.#caps = { read: limits.maxReads, write: limits.maxWrites, "long-running": limits.maxLongRunning };
  }

  count(flight: FlightClass): number {
    return this.#now[flight];
  }

  /** Takes a place; give it back with `leave`. Throws 429 when there is none. */
  enter(flight: FlightClass): void {
    if (this.#now[flight] >= this.#caps[flight]) {
      this.refused++;
      throw new StatusError({
        reason: "TooManyRequests",
        message: "Too many requests, please try again later.",
        details: { retryAfterSeconds: 1 },
      });
    }
    this.#now[flight]++;
  }

  leave(flight: FlightClass): void {
    this.#now[flight]--;
  }
}
