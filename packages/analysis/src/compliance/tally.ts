import { type ControlTally, type Evaluation, type Outcome } from "../posture/evaluate.ts";
import { refOf } from "../posture/workload.ts";

/** How a control came out in a scope, and on which objects it was asked. */
export interface ScopedTally extends ControlTally {
  /** Objects that it could judge, each by a number that is the same for all controls. */
  readonly looked: readonly number[];
}

type Counted = "passed" | "failed" | "accepted" | "unknown" | "errors";
const countedAs: Readonly<Record<Exclude<Outcome, "not-applicable">, Counted>> = {
  pass: "passed",
  fail: "failed",
  accepted: "accepted",
  unknown: "unknown",
  error: "errors",
};

/** By control's id; of one namespace (and the Namespace itself) where one is named, else of everything. */
export function scopedTallies(evaluation: Evaluation, namespace?: string): ReadonlyMap<string, ScopedTally> {
  const tallies = new Map(
    evaluation.controls.map((control) => [
      control.id,
      {
        control,
        passed: 0,
        failed: 0,
        accepted: 0,
        unknown: 0,
        errors: 0,
        gaps: control.kinds
          .filter(({ namespaced }) => namespace === undefined || namespaced)
          .flatMap(({ key }) => evaluation.objects.unread(key, namespace) ?? []),
        looked: [] as number[],
      },
    ]),
  );
  let number = 0;
  for (const object of evaluation.objects.all()) {
    number += 1;
    const { namespace: of, name } = object.metadata;
    if (namespace !== undefined && of !== namespace && !(object.kind === "Namespace" && name === namespace)) continue;
    for (const { control, outcome } of evaluation.outcomes(refOf(object))) {
      const tally = tallies.get(control.id);
      if (tally === undefined || outcome === "not-applicable") continue;
      tally[countedAs[outcome]] += 1;
      if (outcome === "pass" || outcome === "fail" || outcome === "accepted") tally.looked.push(number);
    }
  }
  return tallies;
}
