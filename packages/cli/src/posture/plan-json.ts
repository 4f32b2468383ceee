import type { Finding } from "@bulkhead/analysis";
import type { Fixes } from "../commands/posture-fix.ts";

const short = ({ id, control, object, breach }: Finding): object => ({
  id,
  control: control.id,
  severity: control.severity,
  object,
  ...(breach === undefined ? {} : { field: breach.field, says: breach.says }),
});

/** A plan for programs: what each finding's fate is, and every object as it is and as it would be. */
export const planJson = ({ plan, notOurs }: Fixes): object => ({
  planned: plan.planned.map(({ finding, ...each }) => ({ ...each, finding: short(finding) })),
  notOurs: notOurs.map(({ finding, why }) => ({ why, finding: short(finding) })),
  conflicts: plan.conflicts.map(({ finding, with: others, object, says }) => ({
    finding: short(finding),
    with: others.map(short),
    object,
    says,
  })),
  documents: plan.documents,
  appeared: plan.appeared.map(short),
});
