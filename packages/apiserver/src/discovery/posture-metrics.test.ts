import { metricLines, type PostureSummary } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { expect, test } from "vitest";
import { postureMetrics } from "./posture-metrics.ts";

const storeOf = (...objects: readonly PostureSummary[]): Pick<Store, "list"> =>
  ({
    list: () => ({
      items: objects.map((object, index) => ({
        key: { name: object.metadata.name },
        revision: index + 1,
        bytes: Buffer.from(JSON.stringify(object)),
      })),
    }),
  }) as unknown as Pick<Store, "list">;

const summary = (name: string): PostureSummary => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "PostureSummary",
  metadata: { name },
  posture: {
    lookedAt: "2026-11-21T00:00:00Z",
    controls: 120,
    risk: 12.5,
    possible: 20,
    failing: { critical: 1, high: 0, medium: 2, low: 0 },
    unknown: 3,
    errors: 0,
    accepted: 4,
    notKnown: [],
    worst: [],
    changes: [],
  },
});

test("findings by severity, what is not known and when somebody looked", () => {
  const lines = [...metricLines(postureMetrics(storeOf(summary("cluster"), summary("another")))())];
  expect(lines.filter((line) => !line.startsWith("#"))).toEqual([
    'bulkhead_posture_findings{severity="critical"} 1',
    'bulkhead_posture_findings{severity="high"} 0',
    'bulkhead_posture_findings{severity="medium"} 2',
    'bulkhead_posture_findings{severity="low"} 0',
    "bulkhead_posture_accepted 4",
    "bulkhead_posture_unknown 3",
    "bulkhead_posture_errors 0",
    "bulkhead_posture_risk 12.5",
    "bulkhead_posture_possible_risk 20",
    `bulkhead_posture_timestamp_seconds ${Date.parse("2026-11-21T00:00:00Z") / 1000}`,
  ]);
});

test("where nobody has looked there is no figure", () => {
  expect(postureMetrics(storeOf())()).toEqual([]);
});
