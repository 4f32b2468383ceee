import { Counter, type Log, type MetricFamily } from "@bulkhead/api";
import type { IdentityReport } from "./identity-signal.ts";

/** Told again at the earliest after `again` ms (a policy may ask for more by then); `minute`: so many in one minute, whoever asks. */
const most = { keys: 4096, waiting: 256, minute: 120, tries: 60 };
const again = 60_000;

export interface OutboxOptions {
  /** Takes a report to the node of its pod; rejects where that does not answer. */
  readonly tell: (report: IdentityReport) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
  /** Milliseconds between two tries. */
  readonly pause: number;
}

/** Passes reports on, each once a minute at most, and not more than a person could want to read. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #told = new Map<string, number>();
  readonly #waiting: IdentityReport[] = [];
  readonly #counter = new Counter(
    "bulkhead_identity_signals_total",
    "Signals of pods' identities, and whether they were passed on to the pod's node.",
  );
  #minute = { began: 0, count: 0 };
  #timer: NodeJS.Timeout | undefined;
  #sending = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  put(report: IdentityReport): void {
    const { now, log } = this.#options;
    const key = `${report.pod.uid} ${report.signal} ${report.value}`;
    const at = now();
    if (at - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < again) return;
    if (at - this.#minute.began >= 60_000) this.#minute = { began: at, count: 0 };
    if (++this.#minute.count > most.minute || this.#waiting.length >= most.waiting) {
      this.#counter.add({ signal: report.signal, outcome: "dropped" });
      return;
    }
    this.#told.delete(key);
    if (this.#told.size >= most.keys) this.#told.delete(this.#told.keys().next().value as string);
    this.#told.set(key, at);
    this.#counter.add({ signal: report.signal, outcome: "told" });
    log.warn({ ...report }, "an identity was used as its pod never used it");
    this.#waiting.push(report);
    this.#send(0);
  }

  metrics(): MetricFamily {
    return this.#counter.family();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#sending = true;
  }

  #send(tries: number): void {
    const [next] = this.#waiting;
    if (this.#sending || next === undefined) return;
    this.#sending = true;
    const { tell, log, pause } = this.#options;
    tell(next).then(
      () => {
        this.#waiting.shift();
        this.#sending = false;
        this.#send(0);
      },
      (error: unknown) => {
        if (tries >= most.tries) {
          this.#waiting.shift();
          this.#counter.add({ signal: next.signal, outcome: "undelivered" });
          log.error({ ...next, error: String(error) }, "the pod's node could not be told of a signal");
        }
        this.#timer = setTimeout(() => {
          this.#sending = false;
          this.#send(tries >= most.tries ? 0 : tries + 1);
        }, pause).unref();
      },
    );
  }
}
