import { type MetricFamily, metricLines } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import type { InFlight } from "../http/in-flight.ts";
import type { RefusalCounter } from "../request/refusal-counter.ts";
import type { RequestCounters } from "../request/request-counters.ts";
import type { EventLoopDelay } from "./event-loop-delay.ts";

const counted = new Set(["commits", "batches", "failedBatches", "writeSeconds", "slowWatchers"]);

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export interface MetricsFacts {
  readonly counters: RequestCounters;
  readonly refusals: RefusalCounter;
  readonly inFlight: InFlight;
  readonly delay: EventLoopDelay;
  readonly images: () => readonly MetricFamily[];
  readonly posture: () => readonly MetricFamily[];
  readonly currency: () => readonly MetricFamily[];
  readonly identities: () => readonly MetricFamily[];
}

/** What /metrics says, in the text exposition format. */
export function metricsText(store: Store, facts: MetricsFacts): string {
  const { counters: requests, inFlight, delay } = facts;
  const lines = [...requests.lines(), ...delay.lines(), "# TYPE apiserver_current_inflight_requests gauge"];
  for (const flight of ["read", "write", "long-running"] as const)
    lines.push(`apiserver_current_inflight_requests{kind="${flight}"} ${inFlight.count(flight)}`);
  lines.push("# TYPE apiserver_refused_requests_total counter", `apiserver_refused_requests_total ${inFlight.refused}`);
  for (const [name, value] of Object.entries(store.stats())) {
    const metric = `bulkhead_store_${snake(name)}`;
    lines.push(`# TYPE ${metric} ${counted.has(name) ? "counter" : "gauge"}`, `${metric} ${value}`);
  }
  const { refusals, images, posture, currency, identities } = facts;
  lines.push(...metricLines([refusals.family(), ...images(), ...posture(), ...currency(), ...identities()]));
  return `${lines.join("\n")}\n`;
}
