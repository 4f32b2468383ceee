import { type Evaluation, ranking, riskSummary, type Steps, tryingBestChanges } from "@bulkhead/analysis";
import { type PostureSummary, postureSummaryName, securityApiVersion } from "@bulkhead/api";
import { timestamp } from "../controller.ts";
import type { FirstSeen } from "./report-rows.ts";

const most = { notKnown: 32, worst: 16, objects: 16, mind: 8, says: 2000 };
const cut = (text: string): string => (text.length <= most.says ? text : `${text.slice(0, most.says - 1)}…`);

/** The cluster's posture in short: what is worst, what to change first, and what is not known. `now` in milliseconds. */
export function* summarising(evaluation: Evaluation, seen: FirstSeen, now: number): Steps<PostureSummary> {
  const ranked = yield* ranking(evaluation);
  const { risk, possible, failing, unknown, errors, accepted, because } = riskSummary(evaluation, ranked);
  const changes = yield* tryingBestChanges(evaluation);
  return {
    apiVersion: securityApiVersion,
    kind: "PostureSummary",
    metadata: { name: postureSummaryName },
    posture: {
      lookedAt: timestamp(now),
      controls: evaluation.controls.length,
      risk,
      possible,
      failing,
      unknown,
      errors,
      accepted,
      notKnown: because.slice(0, most.notKnown).map(cut),
      worst: ranked
        .filter(({ finding }) => finding.outcome === "fail")
        .slice(0, most.worst)
        .map(({ finding: { id, control, object, breach }, risk: each }) => ({
          control: control.id,
          object,
          field: breach?.field ?? "",
          says: cut(breach?.says ?? control.title),
          severity: control.severity,
          risk: each,
          since: timestamp(seen.get(id) ?? now),
        })),
      changes: changes.map(({ objects, gone, before, after, mind }) => ({
        objects: objects.slice(0, most.objects),
        findings: gone.length,
        before,
        after,
        mind: mind.slice(0, most.mind).map(cut),
      })),
    },
  };
}
