import { type PostureFinding, severities } from "@bulkhead/analysis";
import type { Look } from "../commands/posture.ts";
import { lineOf } from "./place.ts";

const countsOf = (findings: readonly PostureFinding[]): Record<string, number> =>
  Object.fromEntries(severities.map((severity) => [severity, findings.filter((f) => f.severity === severity).length]));

/** The look as one document for programs. Read again by --baseline and `posture diff`. */
export function postureJson(look: Look): object {
  const { of, kind, at, failOn, report, compared, counting, notes, problems } = look;
  const withOutcome = (outcome: PostureFinding["outcome"]) => report.findings.filter((f) => f.outcome === outcome);
  return {
    of,
    kind,
    at,
    failOn,
    counting: counting.length,
    summary: {
      failing: countsOf(withOutcome("fail")),
      accepted: withOutcome("accepted").length,
      unknown: withOutcome("unknown").length,
      errors: withOutcome("error").length,
      objects: report.objects,
      passed: report.controls.reduce((sum, c) => sum + c.passed, 0),
    },
    findings: report.findings.map((finding) => {
      const place = lineOf(look, finding);
      const standing = compared?.standings.get(finding.id)?.is;
      return {
        ...finding,
        ...(place === undefined ? {} : { place }),
        ...(standing === undefined ? {} : { since: standing }),
      };
    }),
    controls: report.controls,
    notRead: report.gaps,
    ...(compared === undefined
      ? {}
      : { gone: compared.gone, acceptedSince: compared.accepted, unseen: compared.unseen }),
    problems,
    notes,
  };
}
