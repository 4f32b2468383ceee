import {
  clusterExceptionNamespace,
  type Exception,
  type ExceptionSubjectKind,
  exceptionSubjectKinds,
  type ObjectRef,
} from "@bulkhead/api";
import { allowRule, type Because, templateOf } from "@bulkhead/policy";
import { type Area, type ControlCard, type Severity, severities } from "../posture/control.ts";
import type { ControlTally, Evaluation, Finding } from "../posture/evaluate.ts";
import { clusterSubject } from "../posture/exceptions.ts";
import { kindKeyOf, kinds } from "../snapshot/kinds.ts";
import type { UnreadKind } from "../snapshot/object-set.ts";

/** Who accepted a finding, why, and until when. */
export interface Acceptance {
  /** `shop/posture-workload-privileged-web-1a2b3c4d` */
  readonly exception: string;
  readonly reason: string;
  readonly author: string;
  /** RFC 3339. */
  readonly until: string;
}

/** A finding as plain data: what lists, reports and programs get. */
export interface PostureFinding {
  readonly id: string;
  readonly control: string;
  readonly title: string;
  readonly area: Area;
  readonly severity: Severity;
  readonly outcome: Finding["outcome"];
  readonly object: ObjectRef;
  readonly field?: string;
  /** What is wrong; of `unknown` and `error`, why nobody can say. */
  readonly says: string;
  readonly passing?: string;
  readonly through?: readonly ObjectRef[];
  readonly because?: readonly Because[];
  readonly accepted?: Acceptance;
  /** Accepts it for a while; absent where no Exception can: of what is not known, and of kinds that none is for. */
  readonly command?: string;
}

/** How one control came out. */
export interface ControlResult
  extends Omit<ControlTally, "control">,
    Pick<ControlCard, "id" | "title" | "area" | "severity"> {}

/** What a look at a snapshot gave, worst first. */
export interface PostureReport {
  readonly findings: readonly PostureFinding[];
  readonly controls: readonly ControlResult[];
  readonly gaps: readonly UnreadKind[];
  /** Objects that some control looked at. */
  readonly objects: number;
}

const outcomes: readonly Finding["outcome"][] = ["fail", "error", "unknown", "accepted"];
const readable = ({ kind, namespace = "", name }: ObjectRef): string => `${namespace}/${kind}/${name}`;

/** Failing before unknown before accepted, then the gravest first, then by namespace and name. */
function worstFirst(a: PostureFinding, b: PostureFinding): number {
  const by =
    outcomes.indexOf(a.outcome) - outcomes.indexOf(b.outcome) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity);
  if (by !== 0) return by;
  const [left, right] = [a, b].map((f) => `${f.control} ${readable(f.object)} ${f.field ?? ""}`);
  return (left ?? "") < (right ?? "") ? -1 : left === right ? 0 : 1;
}

const isSubject = (kind: string): kind is ExceptionSubjectKind =>
  (exceptionSubjectKinds as readonly string[]).includes(kind);

/** The command that accepts a breach: for its workload or account, else for its namespace. */
function commandFor({ control, object, breach }: Finding, evaluation: Evaluation, alone: boolean): string | undefined {
  const { namespace, kind, name } = object;
  if (breach === undefined) return undefined;
  if (namespace === undefined) {
    const wide = clusterSubject({ ...object, metadata: { name } });
    return wide === undefined
      ? undefined
      : allowRule({
          decider: "posture",
          rule: control.id,
          namespace: clusterExceptionNamespace,
          subject: wide,
          ...(alone ? {} : { value: breach.key ?? breach.field }),
        });
  }
  const found = evaluation.objects.get({ key: kindKeyOf(object), namespaced: true }, namespace, name);
  const lasting = found === undefined ? undefined : templateOf(found)?.identity.subjects[0];
  const subject =
    lasting !== undefined && (lasting.kind !== "ServiceAccount" || kind === "ServiceAccount")
      ? lasting
      : isSubject(kind)
        ? { kind, name }
        : ({ kind: "Namespace", name: namespace } as const);
  const narrowed = !alone || subject.kind === "Namespace";
  return allowRule({
    decider: "posture",
    rule: control.id,
    namespace,
    subject,
    ...(narrowed ? { value: breach.key ?? breach.field } : {}),
  });
}

function acceptanceOf(finding: Finding, evaluation: Evaluation): Acceptance | undefined {
  const ref = finding.acceptedBy;
  if (ref === undefined) return undefined;
  const found: Exception | undefined = evaluation.objects.get(kinds.exception, ref.namespace ?? "", ref.name);
  const { reason = "", author = "", expires = "" } = found?.spec ?? {};
  return { exception: `${ref.namespace ?? ""}/${ref.name}`, reason, author, until: expires };
}

function findingOf(finding: Finding, evaluation: Evaluation, alone: boolean): PostureFinding {
  const { id, control, object, outcome, breach, why } = finding;
  const accepted = acceptanceOf(finding, evaluation);
  const command = outcome === "fail" ? commandFor(finding, evaluation, alone) : undefined;
  return {
    id,
    control: control.id,
    title: control.title,
    area: control.area,
    severity: control.severity,
    outcome,
    object,
    ...(breach === undefined ? {} : { field: breach.field }),
    says: breach?.says ?? why ?? "nobody knows why",
    ...(breach?.passing === undefined ? {} : { passing: breach.passing }),
    ...(breach?.through === undefined ? {} : { through: breach.through }),
    ...(breach?.because === undefined ? {} : { because: breach.because }),
    ...(accepted === undefined ? {} : { accepted }),
    ...(command === undefined ? {} : { command }),
  };
}

/** What an evaluation knows now, as plain data. */
export function postureReport(evaluation: Evaluation): PostureReport {
  const all = evaluation.findings();
  const places = new Map<string, number>();
  const placeOf = ({ control, object }: Finding): string => `${control.id} ${readable(object)}`;
  for (const finding of all) places.set(placeOf(finding), (places.get(placeOf(finding)) ?? 0) + 1);
  const looked = new Set(evaluation.controls.flatMap((control) => control.kinds.map(({ key }) => key)));
  let objects = 0;
  for (const key of looked) for (const _ of evaluation.objects.list({ key })) objects += 1;
  return {
    findings: all
      .map((finding) => findingOf(finding, evaluation, places.get(placeOf(finding)) === 1))
      .toSorted(worstFirst),
    controls: evaluation.tallies().map(({ control: { id, title, area, severity }, ...tally }) => ({
      id,
      title,
      area,
      severity,
      ...tally,
    })),
    gaps: evaluation.objects.gaps,
    objects,
  };
}

/** Whether a severity is at least as grave as another. */
export const isAtLeast = (severity: Severity, bar: Severity): boolean =>
  severities.indexOf(severity) <= severities.indexOf(bar);
