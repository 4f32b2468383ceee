import { createHash } from "node:crypto";
import type { ObjectRef } from "@bulkhead/api";
import type { Control } from "../posture/control.ts";
import { type FrameworkId, frameworks } from "../posture/frameworks.ts";
import type { ControlResult, PostureFinding, PostureReport } from "./posture-report.ts";

export interface Property {
  readonly name: string;
  readonly value: string;
  readonly ns?: string;
}

interface Observation {
  readonly uuid: string;
  readonly title: string;
  readonly description: string;
  readonly methods: readonly ["TEST"];
  readonly types: readonly ["finding"];
  readonly subjects: readonly {
    readonly "subject-uuid": string;
    readonly type: "inventory-item";
    readonly title: string;
  }[];
  readonly collected: string;
  readonly props: readonly Property[];
}

interface OscalFinding {
  readonly uuid: string;
  readonly title: string;
  readonly description: string;
  readonly props: readonly Property[];
  readonly target: {
    readonly type: "objective-id";
    readonly "target-id": string;
    readonly status: {
      readonly state: "satisfied" | "not-satisfied";
      readonly reason: "pass" | "fail" | "other";
      readonly remarks?: string;
    };
  };
  readonly "related-observations"?: readonly { readonly "observation-uuid": string }[];
}

/** What of OSCAL's assessment results 1.1.3 is written here, by the specification's names. */
export interface OscalAssessmentResults {
  readonly "assessment-results": {
    readonly uuid: string;
    readonly metadata: {
      readonly title: string;
      readonly "last-modified": string;
      readonly version: string;
      readonly "oscal-version": "1.1.3";
    };
    readonly "import-ap": { readonly href: string };
    readonly results: readonly [
      {
        readonly uuid: string;
        readonly title: string;
        readonly description: string;
        readonly start: string;
        readonly end: string;
        readonly "local-definitions"?: {
          readonly "inventory-items": readonly {
            readonly uuid: string;
            readonly description: string;
            readonly props: readonly Property[];
          }[];
        };
        readonly "reviewed-controls": {
          readonly "control-selections": readonly [
            | { readonly "include-controls": readonly { readonly "control-id": string }[] }
            | { readonly "include-all": object },
          ];
        };
        readonly observations?: readonly Observation[];
        readonly findings?: readonly OscalFinding[];
        readonly remarks?: string;
      },
    ];
  };
}

/** The version of OSCAL that is written. */
export const oscalVersion = "1.1.3";

/** A requirement of a framework, as a finding beside those of controls. */
export interface OscalRequirement {
  /** A token: `cis-5.2.2`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly status: OscalFinding["target"]["status"];
  /** Controls whose observations belong to it. */
  readonly controls: readonly string[];
  readonly props: readonly Property[];
}

const namespace = "https://bulkhead.dev/ns/oscal";

/** A UUID (version 5's form) that stays the same for the same words. */
export function uuidOf(...words: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(words)).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.subarray(0, 16).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const readable = ({ kind, namespace: where = "", name }: ObjectRef): string =>
  `${kind} ${where === "" ? name : `${where}/${name}`}`;
export const property = (name: string, value: string): Property => ({ name, value, ns: namespace });

/** Property values hold a line of text and are never empty. */
export const flat = (text: string): string => text.replace(/\s+/g, " ").trim() || "-";

const statusOf = ({
  passed,
  failed,
  unknown,
  errors,
  accepted,
  gaps,
}: ControlResult): OscalFinding["target"]["status"] | undefined => {
  if (failed > 0) return { state: "not-satisfied", reason: "fail", remarks: `${failed} objects do not hold it.` };
  if (errors > 0) return { state: "not-satisfied", reason: "other", remarks: "The control itself failed to run." };
  if (unknown > 0 || gaps.length > 0) {
    const why = [...new Set(gaps.map((gap) => `${gap.kind}: ${gap.why}`))].join("; ");
    return { state: "not-satisfied", reason: "other", remarks: `Not known whether it holds. ${why}`.trim() };
  }
  if (accepted > 0)
    return { state: "not-satisfied", reason: "other", remarks: `Accepted for a while on ${accepted} objects.` };
  return passed > 0 ? { state: "satisfied", reason: "pass" } : undefined;
};

/**
 * A report as OSCAL assessment results: an observation a finding, a finding a control. Controls that found nothing to look
 * at are reviewed without a finding; what nobody could say is not satisfied, with its reason.
 */
export function oscalResults(
  { findings, controls }: PostureReport,
  about: {
    readonly of: string;
    /** RFC 3339. */
    readonly at: string;
    readonly version: string;
    readonly cards: readonly Control[];
    /** The assessment plan that this answers; absent: none is written. */
    readonly plan?: string;
    /** Requirements of frameworks that were judged; absent: controls alone. */
    readonly requirements?: readonly OscalRequirement[];
    /** The time that requirements were judged over; absent: the moment. */
    readonly span?: { readonly from: string; readonly to: string };
    readonly remarks?: string;
  },
): OscalAssessmentResults {
  const { of, at, version, cards } = about;
  const byId = new Map(cards.map((card) => [card.id, card]));
  const idOf = (...words: readonly string[]): string => uuidOf(of, at, ...words);
  const subjects = new Map(findings.map(({ object }) => [readable(object), object]));
  const observations = findings.map((finding): Observation => observationOf(finding, at, idOf));
  const results = controls.flatMap((control): OscalFinding[] => {
    const status = statusOf(control);
    if (status === undefined) return [];
    const related = findings.filter((finding) => finding.control === control.id);
    return [
      {
        uuid: idOf("finding", control.id),
        title: control.title,
        description: byId.get(control.id)?.attack ?? control.title,
        props: [
          property("severity", control.severity),
          property("area", control.area),
          property("passed", String(control.passed)),
          ...citations(byId.get(control.id)),
        ],
        target: { type: "objective-id", "target-id": control.id, status },
        ...(related.length === 0
          ? {}
          : { "related-observations": related.map(({ id }) => ({ "observation-uuid": idOf("observation", id) })) }),
      },
    ];
  });
  const judged = (about.requirements ?? []).map((requirement): OscalFinding => {
    const mine = new Set(requirement.controls);
    const related = findings.filter(({ control }) => mine.has(control));
    return {
      uuid: idOf("requirement", requirement.id),
      title: requirement.title,
      description: requirement.description,
      props: requirement.props,
      target: { type: "objective-id", "target-id": requirement.id, status: requirement.status },
      ...(related.length === 0
        ? {}
        : { "related-observations": related.map(({ id }) => ({ "observation-uuid": idOf("observation", id) })) }),
    };
  });
  const [first, ...others] = [...controls, ...(about.requirements ?? [])].map(({ id }) => ({ "control-id": id }));
  return {
    "assessment-results": {
      uuid: idOf("results"),
      metadata: { title: `Posture of ${of}`, "last-modified": at, version, "oscal-version": "1.1.3" },
      "import-ap": { href: about.plan ?? "#" },
      results: [
        {
          uuid: idOf("result"),
          title: `Posture of ${of}`,
          description: "Every control held against every object that could be read.",
          start: about.span?.from ?? at,
          end: about.span?.to ?? at,
          ...(subjects.size === 0
            ? {}
            : {
                "local-definitions": {
                  "inventory-items": [...subjects].map(([text, object]) => ({
                    uuid: idOf("object", text),
                    description: text,
                    props: [property("api-version", object.apiVersion), property("kind", object.kind)],
                  })),
                },
              }),
          "reviewed-controls": {
            "control-selections": [
              first === undefined ? { "include-all": {} } : { "include-controls": [first, ...others] },
            ],
          },
          ...(observations.length === 0 ? {} : { observations }),
          ...(results.length + judged.length === 0 ? {} : { findings: [...results, ...judged] }),
          ...(about.remarks === undefined ? {} : { remarks: about.remarks }),
        },
      ],
    },
  };
}

function observationOf(
  { id, control, title, object, severity, outcome, field, says, accepted }: PostureFinding,
  at: string,
  idOf: (...words: readonly string[]) => string,
): Observation {
  return {
    uuid: idOf("observation", id),
    title,
    description: says,
    methods: ["TEST"],
    types: ["finding"],
    subjects: [{ "subject-uuid": idOf("object", readable(object)), type: "inventory-item", title: readable(object) }],
    collected: at,
    props: [
      property("control", control),
      property("severity", severity),
      property("outcome", outcome),
      ...(field === undefined ? [] : [property("field", flat(field))]),
      ...(accepted === undefined
        ? []
        : [property("accepted-until", flat(accepted.until)), property("accepted-because", flat(accepted.reason))]),
    ],
  };
}

const citations = (card: Control | undefined): Property[] =>
  card === undefined
    ? []
    : (Object.entries(card.frameworks) as [FrameworkId, readonly string[]][]).flatMap(([name, ids]) =>
        ids.map((id) => property("answers", `${frameworks[name].title} ${frameworks[name].version}: ${id}`)),
      );
