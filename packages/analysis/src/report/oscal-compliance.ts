import type { Evidence, FrameworkEvidence, RequirementEvidence } from "../compliance/evidence.ts";
import type { SpanVerdict } from "../compliance/history.ts";
import type { RequirementState } from "../compliance/state.ts";
import { scopedTallies } from "../compliance/tally.ts";
import { overLines, overWords } from "../compliance/words.ts";
import { catalogues } from "../posture/catalogues/index.ts";
import type { Control } from "../posture/control.ts";
import type { Evaluation } from "../posture/evaluate.ts";
import { type FrameworkId, frameworks } from "../posture/frameworks.ts";
import {
  flat,
  type OscalAssessmentResults,
  type OscalRequirement,
  oscalResults,
  oscalVersion,
  type Property,
  property,
  uuidOf,
} from "./oscal.ts";
import type { PostureReport } from "./posture-report.ts";

interface Metadata {
  readonly title: string;
  readonly "last-modified": string;
  readonly version: string;
  readonly "oscal-version": typeof oscalVersion;
}

interface Selections {
  readonly "control-selections": readonly [
    { readonly "include-controls": readonly { readonly "control-id": string }[] },
  ];
}

/** What of OSCAL's component definition 1.1.3 is written here. */
export interface OscalComponentDefinition {
  readonly "component-definition": {
    readonly uuid: string;
    readonly metadata: Metadata;
    readonly components: readonly [
      {
        readonly uuid: string;
        readonly type: "software";
        readonly title: string;
        readonly description: string;
        readonly "control-implementations": readonly {
          readonly uuid: string;
          readonly source: string;
          readonly description: string;
          readonly "implemented-requirements": readonly {
            readonly uuid: string;
            readonly "control-id": string;
            readonly description: string;
            readonly props: readonly Property[];
          }[];
        }[];
      },
    ];
  };
}

/** What of OSCAL's assessment plan 1.1.3 is written here. */
export interface OscalAssessmentPlan {
  readonly "assessment-plan": {
    readonly uuid: string;
    readonly metadata: Metadata;
    readonly "import-ssp": { readonly href: string };
    readonly "local-definitions": {
      readonly activities: readonly {
        readonly uuid: string;
        readonly title: string;
        readonly description: string;
        readonly props: readonly Property[];
        readonly "related-controls": Selections;
      }[];
    };
    readonly "reviewed-controls": Selections;
    readonly "assessment-subjects": readonly {
      readonly type: "inventory-item";
      readonly description: string;
      readonly "include-all": object;
    }[];
    readonly tasks: readonly {
      readonly uuid: string;
      readonly type: "action";
      readonly title: string;
      readonly description: string;
      readonly "associated-activities": readonly {
        readonly "activity-uuid": string;
        readonly subjects: readonly { readonly type: "inventory-item"; readonly "include-all": object }[];
      }[];
    }[];
    readonly "back-matter": {
      readonly resources: readonly { readonly uuid: string; readonly title: string; readonly description: string }[];
    };
  };
}

const sources: Readonly<Record<FrameworkId, string>> = {
  pss: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
  nsa: "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
  cis: "https://www.cisecurity.org/benchmark/kubernetes",
  attack: "https://attack.mitre.org/matrices/enterprise/containers/",
  owasp: "https://owasp.org/www-project-kubernetes-top-ten/",
  nist: "https://doi.org/10.6028/NIST.SP.800-190",
  pci: "https://www.pcisecuritystandards.org/document_library/",
};

/** A requirement's identifier as OSCAL's token: `owasp-K01-2025`. */
const tokenOf = (framework: FrameworkId, id: string): string => `${framework}-${id.replace(/[^\p{L}\p{N}._-]/gu, "-")}`;

const selecting = (ids: readonly string[]): Selections => ({
  "control-selections": [{ "include-controls": ids.map((id) => ({ "control-id": id })) }],
});

const metadata = (title: string, at: string, version: string): Metadata => ({
  title,
  "last-modified": at,
  version,
  "oscal-version": oscalVersion,
});

const named = (ids: readonly FrameworkId[]): string => ids.map((id) => frameworks[id].title).join(", ");
const citedIn = (control: Control, ids: readonly FrameworkId[]): readonly string[] =>
  ids.flatMap((id) => (control.frameworks[id] ?? []).map((cited) => tokenOf(id, cited)));

/** What the product checks, framework by framework; the same for every cluster. */
export function oscalComponent(
  asked: readonly FrameworkId[],
  cards: readonly Control[],
  about: { readonly at: string; readonly version: string },
): OscalComponentDefinition {
  const idOf = (...words: readonly string[]): string => uuidOf("component", about.version, ...words);
  const implementations = asked.map((framework) => ({
    uuid: idOf("implementation", framework),
    source: sources[framework],
    description: `${frameworks[framework].title} ${frameworks[framework].version}: requirements that controls speak of. A control shows where a requirement is broken; that it is met is for the assessment to say.`,
    "implemented-requirements": catalogues[framework].requirements.flatMap(({ id, title, answeredBy }) => {
      const citing = cards.filter((card) => card.frameworks[framework]?.includes(id));
      if (citing.length === 0) return [];
      return [
        {
          uuid: idOf("requirement", framework, id),
          "control-id": tokenOf(framework, id),
          description: `${title}. Checked by: ${citing.map((card) => card.title).join("; ")}.`,
          props: [
            property("framework-id", id),
            property("answered-by", answeredBy),
            ...citing.map((card) => property("control", card.id)),
          ],
        },
      ];
    }),
  }));
  return {
    "component-definition": {
      uuid: idOf("definition", ...asked),
      metadata: metadata("What Bulkhead checks", about.at, about.version),
      components: [
        {
          uuid: idOf("bulkhead"),
          type: "software",
          title: "Bulkhead",
          description: "A container orchestrator that holds its own controls against the objects of a cluster.",
          "control-implementations": implementations.filter((each) => each["implemented-requirements"].length > 0),
        },
      ],
    },
  };
}

interface Scope {
  readonly of: string;
  readonly at: string;
  readonly version: string;
  readonly namespace?: string;
}

const planId = ({ of, version, namespace = "" }: Scope, asked: readonly FrameworkId[]): string =>
  uuidOf("plan", of, namespace, version, ...asked);

/** How a cluster, or manifests, are assessed against frameworks: an activity a control. */
export function oscalPlan(asked: readonly FrameworkId[], cards: readonly Control[], scope: Scope): OscalAssessmentPlan {
  const plan = planId(scope, asked);
  const idOf = (...words: readonly string[]): string => uuidOf(plan, ...words);
  const citing = cards.filter((card) => citedIn(card, asked).length > 0);
  const subjects = [{ type: "inventory-item", "include-all": {} }] as const;
  const where = scope.namespace === undefined ? scope.of : `the namespace ${scope.namespace} of ${scope.of}`;
  return {
    "assessment-plan": {
      uuid: plan,
      metadata: metadata(`Assessment of ${where} against ${named(asked)}`, scope.at, scope.version),
      "import-ssp": { href: `#${idOf("ssp")}` },
      "local-definitions": {
        activities: citing.map((card) => ({
          uuid: idOf("activity", card.id),
          title: card.title,
          description: card.attack,
          props: [property("method", "TEST"), property("control", card.id), property("severity", card.severity)],
          "related-controls": selecting(citedIn(card, asked)),
        })),
      },
      "reviewed-controls": selecting([...new Set(citing.flatMap((card) => citedIn(card, asked)))]),
      "assessment-subjects": [
        { type: "inventory-item", description: `Every object of ${where} that can be read.`, "include-all": {} },
      ],
      tasks: [
        {
          uuid: idOf("task"),
          type: "action",
          title: "Hold every control against every object",
          description:
            "One snapshot is read, and every control judges every object of it. What could not be read is not known, with the reason, and never satisfied.",
          "associated-activities": citing.map((card) => ({
            "activity-uuid": idOf("activity", card.id),
            subjects: [...subjects],
          })),
        },
      ],
      "back-matter": {
        resources: [
          {
            uuid: idOf("ssp"),
            title: "System security plan",
            description: "The organisation's own: none is made here. Put its address in this resource's place.",
          },
        ],
      },
    },
  };
}

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
