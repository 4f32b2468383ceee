import { type CurrencySummary, metricLines } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { expect, test } from "vitest";
import { currencyMetrics } from "./currency-metrics.ts";

const storeOf = (...objects: readonly CurrencySummary[]): Pick<Store, "list"> =>
  ({
    list: () => ({
      items: objects.map((object, index) => ({
        key: { name: object.metadata.name },
        revision: index + 1,
        bytes: Buffer.from(JSON.stringify(object)),
      })),
    }),
  }) as unknown as Pick<Store, "list">;

const update = { machine: "n", part: "runc", from: "1", to: "2", action: "Report", because: "" } as const;
const summary: CurrencySummary = {
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "CurrencySummary",
  metadata: { name: "cluster" },
  currency: {
    lookedAt: "2026-11-21T00:00:00Z",
    counts: { vulnerable: 2, unsupported: 1, update: 0, unknown: 9, current: 30 },
    exploited: 1,
    worst: [],
    endsNext: [{ id: "certificate/a", until: "2026-12-01", from: "the certificate" }],
    plan: [{ ...update, decision: "waits" }],
    unseen: [],
    staleSources: [],
    machines: [],
    told: [],
  },
};

test("things by verdict, what is known to be used, the plan by decision, what ends next, and when somebody looked", () => {
  const lines = [...metricLines(currencyMetrics(storeOf(summary))())];
  expect(lines.filter((line) => !line.startsWith("#"))).toEqual([
    'bulkhead_currency_items{verdict="vulnerable"} 2',
    'bulkhead_currency_items{verdict="unsupported"} 1',
    'bulkhead_currency_items{verdict="update"} 0',
    'bulkhead_currency_items{verdict="unknown"} 9',
    'bulkhead_currency_items{verdict="current"} 30',
    "bulkhead_currency_exploited 1",
    'bulkhead_currency_updates{decision="now"} 0',
    'bulkhead_currency_updates{decision="waits"} 1',
    'bulkhead_currency_updates{decision="needs-approval"} 0',
    'bulkhead_currency_updates{decision="held"} 0',
    'bulkhead_currency_updates{decision="failed"} 0',
    `bulkhead_currency_next_end_timestamp_seconds ${Date.parse("2026-12-01") / 1000}`,
    `bulkhead_currency_timestamp_seconds ${Date.parse("2026-11-21T00:00:00Z") / 1000}`,
  ]);
});

test("where nobody has looked there is no figure", () => {
  expect(currencyMetrics(storeOf())()).toEqual([]);
});
