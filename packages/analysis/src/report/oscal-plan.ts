import type { Control } from "../posture/control.ts";
import { type FrameworkId, frameworks } from "../posture/frameworks.ts";
import { type Property, property, uuidOf } from "./oscal.ts";
import { citedIn, type Metadata, metadata } from "./oscal-document.ts";

interface Selections {
  readonly "control-selections": readonly [
    { readonly "include-controls": readonly { readonly "control-id": string }[] },
  ];
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

const selecting = (ids: readonly string[]): Selections => ({
  "control-selections": [{ "include-controls": ids.map((id) => ({ "control-id": id })) }],
});

const named = (ids: readonly FrameworkId[]): string => ids.map((id) => frameworks[id].title).join(", ");

interface Scope {
  readonly of: string;
  readonly at: string;
  readonly version: string;
  readonly namespace?: string;
}

/** The same for the same question: results name the plan that they are of. */
export const planId = ({ of, version, namespace = "" }: Scope, asked: readonly FrameworkId[]): string =>
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
