import type { Exception } from "@bulkhead/api";
import { kindKeyOf, kinds } from "../../snapshot/kinds.ts";
import { atOnce, type Steps, sorting } from "../../snapshot/steps.ts";
import { severities } from "../control.ts";
import type { Evaluation, Finding } from "../evaluate.ts";
import { type Factor, factor, severityWeight } from "./factor.ts";
import { type Surroundings, surroundings } from "./object-factors.ts";
import { objectKey } from "./workload-factors.ts";

/** A finding with its risk and all that the risk is made of: `risk` is the severity's weight times each factor. */
export interface RankedFinding {
  readonly finding: Finding;
  readonly risk: number;
  /** The weight of its severity, which the factors multiply. */
  readonly weight: number;
  readonly factors: readonly Factor[];
  /** The finding itself and each of its factors could be looked at. */
  readonly known: boolean;
}

const round = (value: number): number => Math.round(value * 100) / 100;

const keyOf = ({ object }: Finding): string => objectKey(kindKeyOf(object), object.namespace ?? "", object.name);

export const surroundingsOf = (evaluation: Evaluation, finding: Finding): Surroundings =>
  evaluation.derive(surroundings, keyOf(finding));

/** What a finding counts in sums of risk: nothing where it is accepted or not known to be one. */
export const riskOf = (evaluation: Evaluation, finding: Finding): number =>
  finding.outcome === "fail" ? severityWeight[finding.control.severity] * surroundingsOf(evaluation, finding).times : 0;

function acceptedFactor(evaluation: Evaluation, { acceptedBy }: Finding): Factor {
  const found: Exception | undefined =
    acceptedBy === undefined
      ? undefined
      : evaluation.objects.get(kinds.exception, acceptedBy.namespace ?? "", acceptedBy.name);
  const until = found === undefined ? "" : ` until ${found.spec.expires}`;
  const name = acceptedBy === undefined ? "an Exception" : `Exception ${acceptedBy.namespace ?? ""}/${acceptedBy.name}`;
  return factor("accepted", 0, `${name} accepts it${until}`, acceptedBy === undefined ? [] : [acceptedBy]);
}

/** One finding's risk, with its ingredients. */
export function ranked(evaluation: Evaluation, finding: Finding): RankedFinding {
  const around = surroundingsOf(evaluation, finding);
  const weight = severityWeight[finding.control.severity];
  const accepted = finding.outcome === "accepted";
  return {
    finding,
    weight,
    risk: accepted ? 0 : round(weight * around.times),
    factors: accepted ? [...around.factors, acceptedFactor(evaluation, finding)] : around.factors,
    known: (finding.outcome === "fail" || accepted) && around.factors.every(({ known }) => known),
  };
}

const before = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const outcomes: readonly Finding["outcome"][] = ["fail", "error", "unknown", "accepted"];

/**
 * All that does not pass, by risk: what fails first, then what could not be looked at, with the risk that it would be,
 * then what is accepted. The order depends on nothing but the objects.
 */
export const rank = (evaluation: Evaluation): readonly RankedFinding[] => atOnce(ranking(evaluation));

/** The same in steps. */
export function* ranking(evaluation: Evaluation): Steps<readonly RankedFinding[]> {
  const all: RankedFinding[] = [];
  for (const finding of evaluation.findings()) {
    all.push(ranked(evaluation, finding));
    yield;
  }
  return yield* sorting(
    all,
    (a, b) =>
      outcomes.indexOf(a.finding.outcome) - outcomes.indexOf(b.finding.outcome) ||
      b.risk - a.risk ||
      severities.indexOf(a.finding.control.severity) - severities.indexOf(b.finding.control.severity) ||
      before(a.finding.id, b.finding.id),
  );
}
