import { catalogues } from "../posture/catalogues/index.ts";
import type { Control } from "../posture/control.ts";
import { type FrameworkId, frameworks } from "../posture/frameworks.ts";
import { type Property, property, uuidOf } from "./oscal.ts";
import { type Metadata, metadata, tokenOf } from "./oscal-document.ts";

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

const sources: Readonly<Record<FrameworkId, string>> = {
  pss: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
  nsa: "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
  cis: "https://www.cisecurity.org/benchmark/kubernetes",
  attack: "https://attack.mitre.org/matrices/enterprise/containers/",
  owasp: "https://owasp.org/www-project-kubernetes-top-ten/",
  nist: "https://doi.org/10.6028/NIST.SP.800-190",
  pci: "https://www.pcisecuritystandards.org/document_library/",
};

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
