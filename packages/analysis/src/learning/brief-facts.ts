import type { ImageReport } from "@bulkhead/api";
import { objectWords } from "../compliance/words.ts";
import type { Evaluation } from "../posture/evaluate.ts";
import { bestChanges } from "../posture/rank/best-changes.ts";
import { riskSummary } from "../posture/rank/summary.ts";
import type { PostureFinding } from "../report/posture-report.ts";
import type { BriefFacts } from "./brief.ts";

/** What a look says, and what of it was first seen since a time; `seen` in milliseconds, by finding. */
export function briefPosture(
  evaluation: Evaluation,
  findings: readonly PostureFinding[],
  seen: ReadonlyMap<string, number> | undefined,
  since: number,
): NonNullable<BriefFacts["posture"]> {
  const { failing, unknown } = riskSummary(evaluation);
  const failed = findings.filter(({ outcome }) => outcome === "fail");
  const changes = bestChanges(evaluation);
  const whole = changes[0]?.before ?? 0;
  return {
    failing,
    unknown,
    controls: [...new Set(failed.map(({ control }) => control))],
    holding: evaluation
      .tallies()
      .filter((tally) => tally.passed > 0 && tally.failed + tally.unknown + tally.errors + tally.gaps.length === 0)
      .map(({ control }) => control.id),
    ...(seen === undefined
      ? {}
      : {
          appeared: failed
            .filter(({ id }) => (seen.get(id) ?? 0) >= since)
            .map(({ severity, object, says }) => ({ severity, object: objectWords(object), says })),
        }),
    first: changes.map(({ objects, gone, before, after }) => ({
      objects: objects.map(objectWords).join(", "),
      findings: gone.length,
      share: whole === 0 ? 0 : (before - after) / whole,
    })),
  };
}

/** What is known of the images that run. */
export function briefImages(reports: Iterable<ImageReport>): NonNullable<BriefFacts["images"]> {
  const running = [...reports].map(({ report }) => report).filter(({ images }) => images.length > 0);
  return {
    running: running.length,
    notKnown: running.filter(({ worst, sources }) => worst === undefined || sources.length === 0).length,
    touching: running.flatMap(({ worst, namespaces }) =>
      (worst?.findings ?? []).map(({ id, severity, package: name, exploited, inUse, fixedVersion }) => ({
        id,
        severity,
        package: name,
        namespaces,
        exploited: exploited === true,
        ...(inUse === undefined ? {} : { inUse }),
        ...(fixedVersion === undefined ? {} : { fixed: fixedVersion }),
      })),
    ),
  };
}
