import type { RequestInfo } from "./request-info.ts";

/** Upper bounds of the latency buckets, seconds. */
const bounds = [0.005, 0.025, 0.1, 0.5, 1, 5];

const known = new Set(["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]);

/** Counts of requests for /metrics. Labels come from closed sets only: a client cannot make new series (CVE-2020-8552). */
export class RequestCounters {
  readonly #counts = new Map<string, number>();
  readonly #buckets: number[] = bounds.map(() => 0);
  #sum = 0;
  #total = 0;

  count(info: RequestInfo | undefined, code: number, milliseconds: number): void {
    const verb = info !== undefined && known.has(info.verb) ? info.verb : "other";
    const key = `verb="${verb}",code="${Math.floor(code / 100)}xx"`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (verb === "watch") return;
    const seconds = milliseconds / 1000;
    this.#sum += seconds;
    this.#total++;
    // From the widest down to the first that it is too slow for.
    for (let index = bounds.length - 1; index >= 0 && seconds <= (bounds[index] as number); index--)
      this.#buckets[index] = (this.#buckets[index] as number) + 1;
  }

  /** Text exposition. */
  *lines(): Iterable<string> {
    yield "# TYPE apiserver_request_total counter";
    for (const [key, count] of this.#counts) yield `apiserver_request_total{${key}} ${count}`;
    yield "# TYPE apiserver_request_duration_seconds histogram";
    for (const [index, bound] of bounds.entries())
      yield `apiserver_request_duration_seconds_bucket{le="${bound}"} ${this.#buckets[index]}`;
    yield `apiserver_request_duration_seconds_bucket{le="+Inf"} ${this.#total}`;
    yield `apiserver_request_duration_seconds_sum ${this.#sum}`;
    yield `apiserver_request_duration_seconds_count ${this.#total}`;
  }
}
