import type { ObjectRef } from "@bulkhead/api";
import { type Coverage, coverageOf } from "../posture/catalogues/coverage.ts";
import { catalogues } from "../posture/catalogues/index.ts";
import type { Requirement } from "../posture/catalogues/requirement.ts";
import { type ControlCard, type Severity, severities } from "../posture/control.ts";
import type { Evaluation } from "../posture/evaluate.ts";
import { type FrameworkId, frameworks } from "../posture/frameworks.ts";
import type { PostureFinding, PostureReport } from "../report/posture-report.ts";
import { type AskedSpan, type RequirementSpan, requirementSpan, type SpanRecord, spanRecord } from "./span.ts";
import { type ControlState, type Counts, controlState, type RequirementState, requirementState } from "./state.ts";
import { type ScopedTally, scopedTallies } from "./tally.ts";

/** One control's part in a requirement. */
export interface ControlEvidence extends Counts, Pick<ControlCard, "id" | "title" | "severity"> {
  readonly state: ControlState;
}

/** One place where a requirement is broken. */
export interface Broken {
  readonly finding: string;
  readonly control: string;
  readonly severity: Severity;
  readonly object: ObjectRef;
  readonly field?: string;
  readonly says: string;
  /** RFC 3339; absent: nobody wrote it down. */
  readonly since?: string;
  /** The decider's reasons, where one was asked. */
  readonly verdict?: readonly string[];
}

/** An Exception that accepts breaches of a requirement. */
export interface AcceptedBreach {
  readonly object: ObjectRef;
  readonly control: string;
  readonly exception: string;
  readonly reason: string;
  readonly author: string;
  readonly until: string;
}

/** What is known of one requirement. */
export interface RequirementEvidence extends Requirement {
  readonly state: RequirementState;
  readonly controls: readonly ControlEvidence[];
  readonly objects: {
    /** Those that its controls could judge. */
    readonly looked: number;
    readonly failing: number;
  };
  /** The gravest breaches, at most `most` of them. */
  readonly broken: readonly Broken[];
  readonly accepted: readonly AcceptedBreach[];
  /** Why something is not known. */
  readonly unknown: readonly string[];
  /** When the first of the breaches that are there was first seen, RFC 3339. */
  readonly since?: string;
  /** How it stood over the span that was asked for; absent: none was. */
  readonly over?: RequirementSpan;
  /** Checks that gave an answer, and breaches that a decider's verdict stands behind. */
  readonly proof: { readonly checks: number; readonly verdicts: number };
}

/** What is known of one framework. */
export interface FrameworkEvidence {
  readonly id: FrameworkId;
  readonly title: string;
  readonly version: string;
  readonly note?: string;
  readonly counts: Readonly<Record<RequirementState, number>>;
  readonly coverage: Omit<Coverage, "framework" | "gaps">;
  readonly requirements: readonly RequirementEvidence[];
}

/** The audit chain, held against its signatures when the evidence was gathered. */
export interface ChainRecord {
  readonly instanceId: string;
  readonly verdict: string;
  readonly says: string;
  /** Records that held, and the hash of the last (hex). */
  readonly records: number;
  readonly head: string;
  /** When the first and the last record that is there came in; RFC 3339. */
  readonly from?: string;
  readonly to?: string;
  readonly checkpoint?: {
    readonly count: number;
    readonly hash: string;
    readonly time: string;
    readonly keyId: string;
    readonly signature: string;
  };
}

/** Where and how evidence was gathered. */
export interface EvidenceAbout {
  /** What was looked at, for a person. */
  readonly of: string;
  /** RFC 3339. */
  readonly at: string;
  readonly version: string;
  readonly namespace?: string;
  /** By finding, milliseconds since the epoch; absent: nobody wrote it down. */
  readonly firstSeen?: ReadonlyMap<string, number>;
  /** Files that could not be read whole, and other holes: then nothing is called met. */
  readonly unreadable: readonly string[];
  /** Other things that nobody could look at. */
  readonly notLooked: readonly string[];
  readonly record?: ChainRecord;
  /** A span of time that is asked for beside the moment. */
  readonly asked?: AskedSpan;
}

/** Evidence by framework. */
export interface Evidence extends Omit<EvidenceAbout, "firstSeen" | "unreadable" | "asked"> {
  readonly format: "bulkhead-compliance-1";
  /** From when the oldest breach that is there was first seen, to now. */
  readonly span: { readonly from?: string; readonly to: string };
  /** The record of the span that was asked for; then `span` is that one. */
  readonly over?: SpanRecord;
  readonly objects: number;
  readonly frameworks: readonly FrameworkEvidence[];
}

const most = 5;
const readable = ({ kind, namespace = "", name }: ObjectRef): string => `${namespace}/${kind}/${name}`;
const iso = (time: number): string => new Date(time).toISOString();
const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

interface Ground {
  readonly tallies: ReadonlyMap<string, ScopedTally>;
  readonly findings: ReadonlyMap<string, readonly PostureFinding[]>;
  readonly about: EvidenceAbout;
}

function brokenOf(
  { id, control, severity, object, field, says, because }: PostureFinding,
  about: EvidenceAbout,
): Broken {
  const seen = about.firstSeen?.get(id);
  return {
    finding: id,
    control,
    severity,
    object,
    ...(field === undefined ? {} : { field }),
    says,
    ...(seen === undefined ? {} : { since: iso(seen) }),
    ...(because === undefined || because.length === 0 ? {} : { verdict: because.map((each) => each.says) }),
  };
}

const controlOf = (tally: ScopedTally): ControlEvidence => {
  const { control, passed, failed, accepted, unknown, errors, gaps } = tally;
  const { id, title, severity } = control;
  const state = controlState(tally, gaps.length === 0);
  return { id, title, severity, state, passed, failed, accepted, unknown, errors };
};

function requirementEvidence(
  requirement: Requirement,
  citing: readonly ControlCard[],
  { tallies, findings, about }: Ground,
): RequirementEvidence {
  const mine = citing.flatMap(({ id }) => tallies.get(id) ?? []);
  const controls = mine.map(controlOf);
  const all = mine.flatMap(({ control }) => findings.get(control.id) ?? []);
  const failing = all.filter(({ outcome }) => outcome === "fail");
  const broken = failing
    .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))
    .map((finding) => brokenOf(finding, about));
  const times = broken.flatMap(({ since }) => since ?? []).toSorted();
  const judged = requirementState(
    controls.map(({ state }) => state),
    requirement.answeredBy,
  );
  const holes = judged === "met" || judged === "accepted" ? about.unreadable : [];
  return {
    ...requirement,
    state: holes.length > 0 ? "unknown" : judged,
    controls,
    objects: {
      looked: new Set(mine.flatMap(({ looked }) => looked)).size,
      failing: new Set(failing.map(({ object }) => readable(object))).size,
    },
    broken: broken.slice(0, most),
    accepted: all.flatMap(({ accepted, object, control }) =>
      accepted === undefined
        ? []
        : [
            {
              object,
              control,
              exception: accepted.exception,
              reason: accepted.reason,
              author: accepted.author,
              until: accepted.until,
            },
          ],
    ),
    unknown: distinct([
      ...mine.flatMap(({ gaps }) => gaps.map(({ kind, why }) => `${kind}: ${why}`)),
      ...all
        .filter(({ outcome }) => outcome === "unknown" || outcome === "error")
        .map(({ outcome, control, says }) => (outcome === "error" ? `${control} failed to run: ${says}` : says)),
      ...holes,
    ]),
    ...(times[0] === undefined ? {} : { since: times[0] }),
    ...(about.asked === undefined
      ? {}
      : {
          over: requirementSpan(
            citing.map(({ id }) => id),
            requirement.answeredBy,
            about.asked,
          ),
        }),
    proof: {
      checks: mine.reduce((sum, { passed, failed, accepted }) => sum + passed + failed + accepted, 0),
      verdicts: broken.filter(({ verdict }) => verdict !== undefined).length,
    },
  };
}

const noCounts: Readonly<Record<RequirementState, number>> = {
  "not-met": 0,
  partly: 0,
  unknown: 0,
  accepted: 0,
  met: 0,
  "no-object": 0,
  gap: 0,
  person: 0,
};

function frameworkEvidence(id: FrameworkId, cards: readonly ControlCard[], ground: Ground): FrameworkEvidence {
  const { note, requirements: asked } = catalogues[id];
  const requirements = asked.map((requirement) =>
    requirementEvidence(
      requirement,
      cards.filter((card) => card.frameworks[id]?.includes(requirement.id)),
      ground,
    ),
  );
  const counts = { ...noCounts };
  for (const { state } of requirements) counts[state] += 1;
  const { answerable, answered, persons, personsTouched } = coverageOf(id, cards);
  return {
    id,
    title: frameworks[id].title,
    version: frameworks[id].version,
    ...(note === undefined ? {} : { note }),
    counts,
    coverage: { answerable, answered, persons, personsTouched },
    requirements,
  };
}

/** What controls say of each requirement of the frameworks asked for, in one scope. */
export function complianceEvidence(
  evaluation: Evaluation,
  report: Pick<PostureReport, "findings">,
  asked: readonly FrameworkId[],
  about: EvidenceAbout,
): Evidence {
  const tallies = scopedTallies(evaluation, about.namespace);
  const findings = new Map<string, PostureFinding[]>();
  for (const finding of report.findings) {
    const known = findings.get(finding.control) ?? [];
    known.push(finding);
    findings.set(finding.control, known);
  }
  const ground = { tallies, findings, about };
  const found = asked.map((id) => frameworkEvidence(id, evaluation.controls, ground));
  const times = found.flatMap(({ requirements }) => requirements.flatMap(({ since }) => since ?? [])).toSorted();
  const { of, at, version, namespace, notLooked, unreadable, record } = about;
  const over = about.asked === undefined ? undefined : spanRecord(about.asked);
  const cited = new Set(
    found.flatMap(({ requirements }) => requirements.flatMap(({ controls }) => controls)).map(({ id }) => id),
  );
  return {
    format: "bulkhead-compliance-1",
    of,
    at,
    version,
    ...(namespace === undefined ? {} : { namespace }),
    span:
      over === undefined
        ? { ...(times[0] === undefined ? {} : { from: times[0] }), to: at }
        : { from: over.from, to: over.to },
    ...(over === undefined ? {} : { over }),
    objects: new Set([...tallies].flatMap(([id, { looked }]) => (cited.has(id) ? looked : []))).size,
    notLooked: distinct([...unreadable, ...notLooked]),
    ...(record === undefined ? {} : { record }),
    frameworks: found,
  };
}

/**
 * Whether everything that controls answer is met, accepted, or about something that is not there: at the moment, or all over
 * the span that was asked for.
 */
export const isHeld = ({ frameworks: found, over }: Evidence): boolean =>
  over === undefined
    ? found.every(({ counts }) => counts["not-met"] + counts.partly + counts.unknown === 0)
    : found.every(({ requirements }) =>
        requirements.every((each) => each.over?.verdict !== "broken" && each.over?.verdict !== "unknown"),
      );
