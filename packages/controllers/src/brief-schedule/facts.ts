import { type BriefFacts, briefImages, briefPosture, kinds, postureReport } from "@bulkhead/analysis";
import type { PostureLook } from "../posture/posture-board.ts";

/** What the controllers may not see, since they are not root of the machine. */
const beyond = [
  "Who changed what: the controllers may not read the audit log; bulkhead brief, as root, does.",
  "What has grown old, and advisories: only the machine itself can say; bulkhead brief, as root, does.",
];

/** A brief's facts as the controllers know them: gathered as `bulkhead brief` gathers its own, and what is not known named. */
export function briefFacts({ evaluation, seen }: PostureLook, of: string, since: number, now: number): BriefFacts {
  const { objects } = evaluation;
  const unread = objects.unread(kinds.imageReport.key);
  return {
    of,
    since,
    now,
    posture: briefPosture(evaluation, postureReport(evaluation).findings, seen, since),
    ...(unread === undefined ? { images: briefImages(objects.list(kinds.imageReport)) } : {}),
    notLooked: [...objects.gaps.map(({ kind, why }) => `${kind}: ${why}`), ...beyond],
  };
}
