import type { CustomResourceDefinition, JSONSchemaProps } from "../generated/types.ts";
import { openReportOutcomes, openReportSeverities, openReportsGroup, openReportsVersion } from "./open-report.ts";
import { choice, labelSelector, object, text } from "./schema-parts.ts";

/** Fields as OpenReports has them, so that others' reports are taken and others' readers find ours. */
const reference: JSONSchemaProps = {
  ...object(
    "An object of the API.",
    [],
    Object.fromEntries(
      ["apiVersion", "fieldPath", "kind", "name", "namespace", "resourceVersion", "uid"].map((name) => [
        name,
        { type: "string" },
      ]),
    ),
  ),
  "x-kubernetes-map-type": "atomic",
};
const outcome = choice("How it ended.", openReportOutcomes);
const number: JSONSchemaProps = { type: "integer" };

const result = object("What one rule of one policy found.", ["policy"], {
  source: text("Who found it, where that is not the report's source."),
  policy: text("The policy."),
  rule: text("The rule within it."),
  category: text("The policy's category."),
  severity: choice("How grave it is.", openReportSeverities),
  timestamp: object("When it was found.", ["nanos", "seconds"], {
    nanos: { type: "integer", format: "int32" },
    seconds: { type: "integer", format: "int64" },
  }),
  result: outcome,
  scored: { type: "boolean", description: "Whether it counts." },
  resources: { type: "array", description: "What was checked.", items: reference },
  resourceSelector: { ...labelSelector, description: "What was checked, by labels." },
  message: text("What was found, for people."),
  properties: { type: "object", description: "Further facts.", additionalProperties: { type: "string" } },
});

const schema = (kind: string): JSONSchemaProps =>
  object(`${kind} holds what policy engines and scanners found.`, [], {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    source: text("Who found it."),
    scope: reference,
    scopeSelector: { ...labelSelector, description: "What the report is about, by labels." },
    configuration: object("What writer and readers agree on.", ["limits"], {
      limits: object("Bounds of the report.", [], {
        maxResults: number,
        statusFilter: { type: "array", items: outcome },
      }),
    }),
    summary: object(
      "How many results there are of each outcome.",
      [],
      Object.fromEntries(openReportOutcomes.map((name) => [name, number])),
    ),
    results: { type: "array", description: "The results.", items: result },
  });

const define = (
  kind: string,
  plural: string,
  shortName: string,
  scope: "Cluster" | "Namespaced",
): CustomResourceDefinition => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: `${plural}.${openReportsGroup}`,
    // Whoever brings a newer version takes this off or replaces it: from then on it is left alone.
    labels: { "app.kubernetes.io/managed-by": "bulkhead" },
  },
  spec: {
    group: openReportsGroup,
    scope,
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [shortName] },
    versions: [
      {
        name: openReportsVersion,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema(kind) },
        additionalPrinterColumns: [
          { name: "Kind", type: "string", jsonPath: ".scope.kind", priority: 1 },
          { name: "Name", type: "string", jsonPath: ".scope.name", priority: 1 },
          ...["Pass", "Fail", "Warn", "Error", "Skip"].map((name) => ({
            name,
            type: "integer",
            jsonPath: `.summary.${name.toLowerCase()}`,
          })),
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
      },
    ],
  },
});

/** The kinds of OpenReports: made where they are missing, brought up to date where they are still ours. */
export const reportDefinitions: readonly CustomResourceDefinition[] = [
  define("Report", "reports", "reps", "Namespaced"),
  define("ClusterReport", "clusterreports", "creps", "Cluster"),
];
