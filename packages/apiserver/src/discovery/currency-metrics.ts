import {
  type CurrencySummary,
  currencyDecisions,
  currencySummaryName,
  currencyVerdicts,
  type MetricFamily,
  securityGroup,
} from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { parse } from "../resources/object-bytes.ts";

/** Metrics out of the CurrencySummary: parsed when somebody reads them, and none while nobody has looked. */
export const currencyMetrics = (store: Pick<Store, "list">): (() => readonly MetricFamily[]) => {
  const key = { group: securityGroup, resource: "currencysummaries", namespace: undefined };
  return () =>
    [...store.list(key).items]
      .filter(({ key: { name } }) => name === currencySummaryName)
      .flatMap((object) => familiesOf(parse<CurrencySummary>(object)));
};

function familiesOf({ currency }: CurrencySummary): MetricFamily[] {
  const { counts, plan, endsNext } = currency;
  const gauge = (name: string, help: string, samples: MetricFamily["samples"]): MetricFamily => ({
    name: `bulkhead_currency_${name}`,
    help,
    type: "gauge",
    samples,
  });
  const one = (value: number): MetricFamily["samples"] => (Number.isNaN(value) ? [] : [{ labels: {}, value }]);
  const next = endsNext[0]?.until;
  return [
    gauge(
      "items",
      "Things that could grow old, by verdict.",
      currencyVerdicts.map((verdict) => ({ labels: { verdict }, value: counts[verdict] })),
    ),
    gauge("exploited", "Things with a flaw that is known to be used in attacks.", one(currency.exploited)),
    gauge(
      "updates",
      "Parts of which something newer is offered, by what the policies say.",
      currencyDecisions.map((decision) => ({
        labels: { decision },
        value: plan.filter((each) => each.decision === decision).length,
      })),
    ),
    gauge(
      "next_end_timestamp_seconds",
      "What ends next, when.",
      next === undefined ? [] : one(Date.parse(next) / 1000),
    ),
    gauge("timestamp_seconds", "When somebody last looked.", one(Date.parse(currency.lookedAt) / 1000)),
  ];
}
