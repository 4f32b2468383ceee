import type { ObjectRef } from "@bulkhead/api";
import { kindKeyOf } from "../../snapshot/kinds.ts";
import { type Severity, severities } from "../control.ts";
import type { Evaluation, Finding } from "../evaluate.ts";

/** One finding as it stood. */
export interface BaselineFinding {
  readonly id: string;
  readonly control: string;
  readonly severity: Severity;
  readonly object: ObjectRef;
  readonly outcome: Finding["outcome"];
  readonly says?: string;
}

/** All that did not pass at one time, by id: plain data, written as JSON. */
export interface Baseline {
  readonly kind: "PostureBaseline";
  readonly version: 1;
  readonly findings: readonly BaselineFinding[];
}

/** What changed since a baseline. A finding stands in one list only. */
export interface Drift {
  readonly new: readonly BaselineFinding[];
  /** Looked at, and right. */
  readonly gone: readonly BaselineFinding[];
  /** Failing before and now, rated otherwise. */
  readonly changed: readonly { readonly before: BaselineFinding; readonly now: BaselineFinding }[];
  /** Failing before, accepted by an Exception now. */
  readonly accepted: readonly BaselineFinding[];
  /** Accepted before, and the Exception holds no more. */
  readonly counting: readonly BaselineFinding[];
  /** Failing before; nobody could look now, which is not the same as gone. */
  readonly unseen: readonly BaselineFinding[];
}

const byId = (a: BaselineFinding, b: BaselineFinding): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const entryOf = ({ id, control, object, outcome, breach, why }: Finding): BaselineFinding => {
  const says = breach?.says ?? why;
  return {
    id,
    control: control.id,
    severity: control.severity,
    object,
    outcome,
    ...(says === undefined ? {} : { says }),
  };
};

/** All that does not pass now. */
export const takeBaseline = (evaluation: Evaluation): Baseline => ({
  kind: "PostureBaseline",
  version: 1,
  findings: evaluation.findings().map(entryOf).toSorted(byId),
});

/** Holds what is now against what was. */
export function compare(baseline: Baseline, evaluation: Evaluation): Drift {
  const before = new Map(baseline.findings.map((finding) => [finding.id, finding]));
  const now = new Map(evaluation.findings().map((finding) => [finding.id, entryOf(finding)]));
  const drift = {
    new: [] as BaselineFinding[],
    gone: [] as BaselineFinding[],
    changed: [] as Drift["changed"][number][],
    accepted: [] as BaselineFinding[],
    counting: [] as BaselineFinding[],
    unseen: [] as BaselineFinding[],
  };
  for (const entry of now.values()) {
    if (entry.outcome !== "fail" && entry.outcome !== "accepted") continue;
    const was = before.get(entry.id);
    if (was === undefined) {
      if (entry.outcome === "fail") drift.new.push(entry);
    } else if (was.outcome === "fail" && entry.outcome === "accepted") drift.accepted.push(entry);
    else if (was.outcome === "accepted" && entry.outcome === "fail") drift.counting.push(entry);
    else if (entry.outcome === "fail" && was.severity !== entry.severity)
      drift.changed.push({ before: was, now: entry });
  }
  for (const was of before.values()) {
    if (was.outcome !== "fail" || now.has(was.id)) continue;
    (isSeen(was, evaluation) ? drift.gone : drift.unseen).push(was);
  }
  return {
    new: drift.new.sort(byId),
    gone: drift.gone.sort(byId),
    changed: drift.changed.sort((a, b) => byId(a.now, b.now)),
    accepted: drift.accepted.sort(byId),
    counting: drift.counting.sort(byId),
    unseen: drift.unseen.sort(byId),
  };
}

/** Whether a control could look at an object: it is known to be gone, or answered for. */
function isSeen({ control, object }: BaselineFinding, evaluation: Evaluation): boolean {
  if (!evaluation.controls.some(({ id }) => id === control)) return false;
  const key = kindKeyOf(object);
  const there = evaluation.objects.get({ key, namespaced: true }, object.namespace ?? "", object.name) !== undefined;
  if (!there) return evaluation.objects.unread(key, object.namespace) === undefined;
  return evaluation
    .outcomes(object)
    .every(({ control: { id }, outcome }) => id !== control || (outcome !== "unknown" && outcome !== "error"));
}

const outcomes: ReadonlySet<unknown> = new Set<Finding["outcome"]>(["fail", "accepted", "unknown", "error"]);
const isText = (value: unknown): value is string => typeof value === "string";
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isRef = (value: unknown): value is ObjectRef =>
  isRecord(value) && isText(value["apiVersion"]) && isText(value["kind"]) && isText(value["name"]);

const isEntry = (value: unknown): value is BaselineFinding =>
  isRecord(value) &&
  isText(value["id"]) &&
  isText(value["control"]) &&
  severities.some((severity) => severity === value["severity"]) &&
  outcomes.has(value["outcome"]) &&
  isRef(value["object"]);

/** Reads a baseline from decoded JSON; undefined: it is none, or of a version that is not known here. */
export function readBaseline(value: unknown): Baseline | undefined {
  if (!isRecord(value) || value["kind"] !== "PostureBaseline" || value["version"] !== 1) return undefined;
  const findings = value["findings"];
  return Array.isArray(findings) && findings.every(isEntry)
    ? { kind: "PostureBaseline", version: 1, findings }
    : undefined;
}
