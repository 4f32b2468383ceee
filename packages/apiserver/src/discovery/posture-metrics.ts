import {
  type MetricFamily,
  type PostureSummary,
  postureSeverities,
  postureSummaryName,
  securityGroup,
} from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { parse } from "../resources/object-bytes.ts";

/** Metrics out of the PostureSummary: parsed when somebody reads them, and none while nobody has looked. */
export const postureMetrics = (store: Pick<Store, "list">): (() => readonly MetricFamily[]) => {
  const key = { group: securityGroup, resource: "posturesummaries", namespace: undefined };
  return () =>
    [...store.list(key).items]
      .filter(({ key: { name } }) => name === postureSummaryName)
      .flatMap((object) => familiesOf(parse<PostureSummary>(object)));
};

function familiesOf({ posture }: PostureSummary): MetricFamily[] {
  const one = (name: string, help: string, value: number | undefined): MetricFamily => ({
    name: `bulkhead_posture_${name}`,
    help,
    type: "gauge",
    samples: value === undefined || Number.isNaN(value) ? [] : [{ labels: {}, value }],
  });
  return [
    {
      name: "bulkhead_posture_findings",
      help: "Findings that nobody has accepted, by severity.",
      type: "gauge",
      samples: postureSeverities.map((severity) => ({ labels: { severity }, value: posture.failing[severity] ?? 0 })),
    },
    one("accepted", "Findings that Exceptions accept.", posture.accepted),
    one("unknown", "Checks that could not be answered.", posture.unknown),
    one("errors", "Checks that failed to run.", posture.errors),
    one("risk", "The risk of all that fails.", posture.risk),
    one("possible_risk", "The risk if all that could not be looked at failed.", posture.possible),
    one("timestamp_seconds", "When somebody last looked.", Date.parse(posture.lookedAt) / 1000),
  ];
}
