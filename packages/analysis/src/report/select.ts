import type { Area, Severity } from "../posture/control.ts";
import { isAtLeast, type PostureFinding, type PostureReport } from "./posture-report.ts";

/** What of a report is asked for; absent: all. */
export interface PostureSelection {
  readonly area?: Area;
  /** This and graver. */
  readonly severity?: Severity;
  readonly namespace?: string;
  readonly control?: string;
  readonly object?: { readonly kind: string; readonly name: string };
}

const chosen = ({ area, severity, namespace, control, object }: PostureSelection, finding: PostureFinding): boolean =>
  (area === undefined || finding.area === area) &&
  (severity === undefined || isAtLeast(finding.severity, severity)) &&
  (namespace === undefined ||
    finding.object.namespace === namespace ||
    (finding.object.kind === "Namespace" && finding.object.name === namespace)) &&
  (control === undefined || finding.control === control) &&
  (object === undefined ||
    (finding.object.kind.toLowerCase() === object.kind.toLowerCase() && finding.object.name === object.name));

/** The part of a report that is asked for; controls of other areas are left out with their findings. */
export const selected = (report: PostureReport, selection: PostureSelection): PostureReport => ({
  ...report,
  findings: report.findings.filter((finding) => chosen(selection, finding)),
  controls: report.controls.filter(
    ({ id, area, severity }) =>
      (selection.area === undefined || selection.area === area) &&
      (selection.severity === undefined || isAtLeast(severity, selection.severity)) &&
      (selection.control === undefined || selection.control === id),
  ),
});
