import { Counter, type MetricFamily, StatusError } from "@bulkhead/api";
import { liftableRules } from "@bulkhead/policy";

/** Which decider a rule is of. What is not among them makes no series: a client cannot invent rules. */
const deciders: ReadonlyMap<string, string> = new Map(
  Object.entries(liftableRules).flatMap(([decider, rules]) => rules.map((rule) => [rule, decider] as const)),
);

/** Counts requests that a decider refused, by each rule that the refusal names. */
export class RefusalCounter {
  readonly #counter = new Counter(
    "bulkhead_admission_refusals_total",
    "Requests that a decider refused, once for each rule that the refusal names.",
  );

  count(error: unknown): void {
    if (!(error instanceof StatusError) || error.reason !== "Forbidden") return;
    for (const rule of new Set(error.details?.causes?.map(({ reason }) => reason ?? ""))) {
      const decider = deciders.get(rule);
      if (decider !== undefined) this.#counter.add({ decider, rule });
    }
  }

  family(): MetricFamily {
    return this.#counter.family();
  }
}
