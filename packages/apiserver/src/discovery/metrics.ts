import type { Store } from "@bulkhead/store";
import type { InFlight } from "../http/in-flight.ts";
import type { RequestCounters } from "../request/request-counters.ts";

const counters = new Set(["commits", "batches", "failedBatches", "writeSeconds", "slowWatchers"]);

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What /metrics says, in the text exposition format. */
export function metricsText(store: Store, requests: RequestCounters, inFlight: InFlight): string {
  const lines = [...requests.lines(), "# TYPE apiserver_current_inflight_requests gauge"];
  for (const flight of ["read", "write", "long-running"] as const)
    lines.push(`apiserver_current_inflight_requests{kind="${flight}"} ${inFlight.count(flight)}`);
  lines.push("# TYPE apiserver_refused_requests_total counter", `apiserver_refused_requests_total ${inFlight.refused}`);
  for (const [name, value] of Object.entries(store.stats())) {
    const metric = `bulkhead_store_${snake(name)}`;
    lines.push(`# TYPE ${metric} ${counters.has(name) ? "counter" : "gauge"}`, `${metric} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}
