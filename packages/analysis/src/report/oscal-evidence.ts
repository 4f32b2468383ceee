import type { Evidence, FrameworkEvidence, RequirementEvidence } from "../compliance/evidence.ts";
import type { SpanVerdict } from "../compliance/history.ts";
import type { RequirementState } from "../compliance/state.ts";
import { scopedTallies } from "../compliance/tally.ts";
import { overLines, overWords } from "../compliance/words.ts";
import type { Evaluation } from "../posture/evaluate.ts";
import {
  flat,
  type OscalAssessmentResults,
  type OscalRequirement,
  oscalResults,
  type Property,
  property,
} from "./oscal.ts";
import { citedIn, tokenOf } from "./oscal-document.ts";
import { planId } from "./oscal-plan.ts";
import type { PostureReport } from "./posture-report.ts";

const statusOf: Readonly<Record<RequirementState, OscalRequirement["status"] | undefined>> = {
  met: { state: "satisfied", reason: "pass" },
  partly: { state: "not-satisfied", reason: "fail", remarks: "Some of its controls hold, and some do not." },
  "not-met": { state: "not-satisfied", reason: "fail", remarks: "None of its controls that looked holds." },
  accepted: { state: "not-satisfied", reason: "other", remarks: "Broken where an Exception accepts it for a while." },
  unknown: { state: "not-satisfied", reason: "other", remarks: "Not known whether it holds." },
  "no-object": undefined,
  gap: undefined,
  person: undefined,
};

/** How it stood over the span that was asked for: the verdict, and each piece of the time. */
function spanProperties({ over }: RequirementEvidence): Property[] {
  if (over === undefined) return [];
  return [
    property("span-state", over.verdict),
    ...(over.since === undefined ? [] : [property("span-since", over.since)]),
    ...over.pieces.map(({ from, to, state }) => property("span-piece", `${from}/${to} ${state}`)),
  ];
}

/** Over a span: satisfied is what was seen to be met at every moment of it. */
const spanStatusOf: Readonly<Record<SpanVerdict, OscalRequirement["status"] | undefined>> = {
  held: { state: "satisfied", reason: "pass" },
  broken: { state: "not-satisfied", reason: "fail", remarks: "It was broken within the span." },
  unknown: { state: "not-satisfied", reason: "other", remarks: "Not all of the span was seen or known." },
  accepted: { state: "not-satisfied", reason: "other", remarks: "Broken where an Exception accepted it for a while." },
  "no-object": undefined,
  gap: undefined,
  person: undefined,
};

function requirementOf(
  { id: framework, title, version }: FrameworkEvidence,
  requirement: RequirementEvidence,
): OscalRequirement[] {
  const { over } = requirement;
  const status = over === undefined ? statusOf[requirement.state] : spanStatusOf[over.verdict];
  if (status === undefined) return [];
  const { remarks } = status;
  const lasted = over === undefined ? "" : overWords(over);
  const why =
    over !== undefined
      ? `${remarks ?? ""} ${lasted}`.trim() || undefined
      : requirement.unknown.length === 0
        ? remarks
        : `${remarks ?? ""} ${requirement.unknown.join("; ")}`.trim();
  return [
    {
      id: tokenOf(framework, requirement.id),
      title: `${requirement.id} ${requirement.title}`,
      description: `${title} ${version}, ${requirement.id}: ${requirement.title}. ${requirement.objects.looked} objects looked at, ${requirement.objects.failing} of them fail.`,
      status: why === undefined ? status : { ...status, remarks: why },
      controls: requirement.controls.map(({ id }) => id),
      props: [
        property("framework", framework),
        property("state", requirement.state),
        property("checks", String(requirement.proof.checks)),
        ...(requirement.since === undefined ? [] : [property("since", requirement.since)]),
        ...spanProperties(requirement),
        ...requirement.controls.map(({ id }) => property("control", id)),
      ],
    },
  ];
}

/** Evidence as assessment results: the posture's own, with the requirements beside its controls. */
export function oscalEvidence(
  evidence: Evidence,
  evaluation: Evaluation,
  report: PostureReport,
): OscalAssessmentResults {
  const asked = evidence.frameworks.map(({ id }) => id);
  const cited = new Set(evaluation.controls.filter((card) => citedIn(card, asked).length > 0).map(({ id }) => id));
  const tallies = scopedTallies(evaluation, evidence.namespace);
  const { of, at, version, record, namespace } = evidence;
  const missing = evidence.frameworks.flatMap(({ id, requirements }) =>
    requirements.filter(({ state }) => state === "gap").map((requirement) => tokenOf(id, requirement.id)),
  );
  return oscalResults(
    {
      ...report,
      findings: report.findings.filter(({ control }) => cited.has(control)),
      controls: report.controls
        .filter(({ id }) => cited.has(id))
        .map((result) => {
          const tally = tallies.get(result.id);
          if (tally === undefined) return result;
          const { passed, failed, accepted, unknown, errors, gaps } = tally;
          return { ...result, passed, failed, accepted, unknown, errors, gaps };
        }),
    },
    {
      of: namespace === undefined ? of : `the namespace ${namespace} of ${of}`,
      at,
      version,
      cards: evaluation.controls,
      plan: `urn:uuid:${planId(evidence, asked)}`,
      requirements: evidence.frameworks.flatMap((framework) =>
        framework.requirements.flatMap((requirement) => requirementOf(framework, requirement)),
      ),
      ...(evidence.over === undefined ? {} : { span: evidence.over }),
      remarks: flat(
        [
          ...overLines(evidence),
          ...(evidence.over === undefined
            ? []
            : [`Requirements are judged over the span, controls and observations at ${at}.`]),
          ...(missing.length === 0 ? [] : [`No control answers ${missing.join(", ")}.`]),
          ...(evidence.notLooked.length === 0 ? [] : [`Not looked at: ${evidence.notLooked.join("; ")}.`]),
          ...(record === undefined
            ? []
            : [
                `Audit chain of ${record.instanceId}: ${record.says}; head ${record.head} at record ${record.records}.`,
              ]),
          "What only people can answer is not assessed.",
        ].join(" "),
      ),
    },
  );
}
