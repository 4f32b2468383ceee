import { monitorEventLoopDelay } from "node:perf_hooks";

const quantiles = [0.5, 0.99, 1];

/**
 * How late the event loop ran since it was last asked about. The watch begins with the first question: who asks for no
 * metrics pays for none.
 */
export class EventLoopDelay {
  #histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;

  /** Text exposition. */
  *lines(): Iterable<string> {
    yield "# TYPE bulkhead_event_loop_delay_seconds gauge";
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: 10 });
      this.#histogram.enable();
      return;
    }
    for (const quantile of quantiles)
      yield `bulkhead_event_loop_delay_seconds{quantile="${quantile}"} ${this.#histogram.percentile(quantile * 100) / 1e9}`;
    this.#histogram.reset();
  }

  close(): void {
    this.#histogram?.disable();
  }
}
