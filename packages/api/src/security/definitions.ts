import type { CustomResourceDefinition, JSONSchemaProps } from "../generated/types.ts";
import { exceptionDeciders, exceptionSubjectKinds } from "./exception.ts";

export const securityGroup = "security.bulkhead.dev";
export const securityVersion = "v1alpha1";
/** The apiVersion of our own kinds. */
export const securityApiVersion = `${securityGroup}/${securityVersion}`;

const text = (description: string, more: JSONSchemaProps = {}): JSONSchemaProps => ({
  type: "string",
  description,
  ...more,
});

const object = (
  description: string,
  required: string[],
  properties: Record<string, JSONSchemaProps>,
): JSONSchemaProps => ({ type: "object", description, ...(required.length > 0 ? { required } : {}), properties });

const root = (description: string, spec: JSONSchemaProps): JSONSchemaProps =>
  object(description, ["spec"], {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec,
  });

const labelSelector: JSONSchemaProps = {
  ...object("The namespaces it speaks for, by their labels; absent or empty: all.", [], {
    matchLabels: { type: "object", additionalProperties: { type: "string" } },
    matchExpressions: {
      type: "array",
      "x-kubernetes-list-type": "atomic",
      items: object("A condition on one label.", ["key", "operator"], {
        key: text("The label's key.", { minLength: 1 }),
        operator: text("How the label is compared.", { enum: ["In", "NotIn", "Exists", "DoesNotExist"] }),
        values: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "atomic" },
      }),
    },
  }),
  "x-kubernetes-map-type": "atomic",
};

const segment = "[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*";
const host = "[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+\\]";

const imageTrustPolicy = root(
  "ImageTrustPolicy says which images may run. A namespace that no policy speaks for runs none.",
  object("What may run, and where.", ["allow"], {
    namespaceSelector: labelSelector,
    allow: {
      type: "array",
      maxItems: 256,
      "x-kubernetes-list-type": "atomic",
      description: "The images that may run; an empty list trusts none.",
      items: object("A registry and the repositories of it that may run.", ["registry", "repositories"], {
        registry: text('"host" or "host:port"; "docker.io" for names without one; "*" for any.', {
          pattern: `^(\\*|(${host})(:[0-9]{1,5})?)$`,
          maxLength: 261,
        }),
        repositories: {
          type: "array",
          minItems: 1,
          maxItems: 256,
          "x-kubernetes-list-type": "set",
          description: '"shop/web" for exactly that one, "shop/*" for everything below, "*" for all of the registry.',
          items: text("A repository or a pattern of repositories.", {
            pattern: `^(\\*|${segment}(/${segment})*(/\\*)?)$`,
            maxLength: 255,
          }),
        },
      }),
    },
    mode: text("Enforce refuses what no enforcing policy lists; Warn lets it run and warns.", {
      enum: ["Enforce", "Warn"],
      default: "Enforce",
    }),
  }),
);

const exception = root(
  "Exception lets one subject of its namespace past one rule of one decider, for a while.",
  object(
    "What is lifted, for whom, why and until when.",
    ["decider", "rule", "subject", "reason", "author", "expires"],
    {
      decider: text("Whose rule it lifts.", { enum: [...exceptionDeciders] }),
      rule: text("The rule, by the identifier that the refusal named.", {
        pattern: "^[a-zA-Z][a-zA-Z0-9._-]*$",
        maxLength: 63,
      }),
      subject: object("Whom it is for.", ["kind", "name"], {
        kind: text("A workload's kind covers every pod that it controls.", { enum: [...exceptionSubjectKinds] }),
        name: text("The subject's name in this namespace.", { minLength: 1, maxLength: 253 }),
      }),
      value: text("Narrows it to one value; absent: whatever the value.", { minLength: 1, maxLength: 1024 }),
      reason: text("Why it is needed.", { minLength: 1, maxLength: 1024, pattern: "\\S" }),
      author: text("Who asked for it.", { minLength: 1, maxLength: 253, pattern: "\\S" }),
      expires: text("From this moment on it lifts nothing.", { format: "date-time" }),
    },
  ),
);

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly scope: "Cluster" | "Namespaced";
  readonly schema: JSONSchemaProps;
  readonly columns: ReadonlyArray<readonly [name: string, type: string, path: string]>;
}

const define = (row: Definition): CustomResourceDefinition => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${row.plural}.${securityGroup}` },
  spec: {
    group: securityGroup,
    scope: row.scope,
    names: {
      kind: row.kind,
      listKind: `${row.kind}List`,
      plural: row.plural,
      singular: row.kind.toLowerCase(),
      shortNames: [row.shortName],
      categories: ["bulkhead"],
    },
    versions: [
      {
        name: securityVersion,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: row.schema },
        additionalPrinterColumns: [
          ...row.columns.map(([name, type, jsonPath]) => ({ name, type, jsonPath })),
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
      },
    ],
  },
});

/** Our own kinds as CustomResourceDefinitions, ready to be created. */
export const securityDefinitions: readonly CustomResourceDefinition[] = [
  define({
    kind: "ImageTrustPolicy",
    plural: "imagetrustpolicies",
    shortName: "itp",
    scope: "Cluster",
    schema: imageTrustPolicy,
    columns: [
      ["Mode", "string", ".spec.mode"],
      ["Registries", "string", ".spec.allow[*].registry"],
    ],
  }),
  define({
    kind: "Exception",
    plural: "exceptions",
    shortName: "exc",
    scope: "Namespaced",
    schema: exception,
    columns: [
      ["Decider", "string", ".spec.decider"],
      ["Rule", "string", ".spec.rule"],
      ["Subject", "string", ".spec.subject.name"],
      ["Expires", "string", ".spec.expires"],
    ],
  }),
];
