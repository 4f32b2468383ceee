import type { UnreadKind } from "../../snapshot/object-set.ts";
import { type Severity, severities } from "../control.ts";
import type { Evaluation } from "../evaluate.ts";
import { type RankedFinding, rank } from "./rank.ts";

/** What may be said of the whole, and what not. */
export interface RiskSummary {
  /** The risk of all that fails. */
  readonly risk: number;
  /** What would come to it if all that could not be looked at failed. */
  readonly possible: number;
  readonly failing: Readonly<Record<Severity, number>>;
  readonly unknown: number;
  readonly errors: number;
  readonly accepted: number;
  /** Findings of which an ingredient of the risk could not be looked at. */
  readonly unsure: number;
  readonly gaps: readonly UnreadKind[];
  /** `whole`: everything asked was answered. Otherwise the figures say only what was seen. */
  readonly claim: "whole" | "in part";
  /** Why no more can be claimed, a sentence each. */
  readonly because: readonly string[];
}

const plural = (count: number, one: string, many: string): string => (count === 1 ? `one ${one}` : `${count} ${many}`);

/** Sums up a rank without claiming more than was seen. */
export function riskSummary(
  evaluation: Evaluation,
  findings: readonly RankedFinding[] = rank(evaluation),
): RiskSummary {
  const failing: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  let [risk, possible, unknown, errors, accepted, unsure] = [0, 0, 0, 0, 0, 0];
  for (const { finding, risk: each, known } of findings) {
    if (finding.outcome === "fail") {
      failing[finding.control.severity] += 1;
      risk += each;
      if (!known) unsure += 1;
    } else if (finding.outcome === "accepted") accepted += 1;
    else {
      possible += each;
      if (finding.outcome === "unknown") unknown += 1;
      else errors += 1;
    }
  }
  const { gaps } = evaluation.objects;
  const because = [
    ...gaps.map(
      ({ kind, namespace, why }) =>
        `${kind === "*" ? "other kinds" : kind}${namespace === undefined ? "" : ` of ${namespace}`} could not be read: ${why}`,
    ),
    ...(unknown === 0 ? [] : [`${plural(unknown, "check", "checks")} could not be answered`]),
    ...(errors === 0 ? [] : [`${plural(errors, "check", "checks")} failed to run`]),
    ...(unsure === 0 ? [] : [`of ${plural(unsure, "finding", "findings")} not all that the risk is made of is known`]),
  ];
  return {
    risk: Math.round(risk * 100) / 100,
    possible: Math.round(possible * 100) / 100,
    failing: Object.fromEntries(severities.map((severity) => [severity, failing[severity]])) as Record<
      Severity,
      number
    >,
    unknown,
    errors,
    accepted,
    unsure,
    gaps,
    claim: gaps.length + unknown + errors + unsure === 0 ? "whole" : "in part",
    because,
  };
}
