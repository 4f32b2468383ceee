import type { CustomResourceDefinition, JSONSchemaProps } from "../generated/types.ts";
import { briefSchedule } from "./brief-schedule-schema.ts";
import { changeDigest } from "./change-digest-schema.ts";
import { currencyApproval, currencyPolicy } from "./currency-policy-schema.ts";
import { currencySummary } from "./currency-summary-schema.ts";
import { exception } from "./exception-schema.ts";
import { imageReport } from "./image-report-schema.ts";
import { imageTrustPolicy } from "./image-trust-policy-schema.ts";
import { machineInventory } from "./machine-inventory-schema.ts";
import { postureControl } from "./posture-control-schema.ts";
import { postureFacts } from "./posture-facts-schema.ts";
import { postureHistory } from "./posture-history-schema.ts";
import { postureSummary } from "./posture-summary-schema.ts";
import { responsePolicy } from "./response-policy-schema.ts";
import { updatePolicy } from "./update-policy-schema.ts";

export const securityGroup = "security.bulkhead.dev";
export const securityVersion = "v1alpha1";
/** The apiVersion of our own kinds. */
export const securityApiVersion = `${securityGroup}/${securityVersion}`;

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly scope: "Cluster" | "Namespaced";
  readonly schema: JSONSchemaProps;
  /** Whether its status is written apart from the rest. */
  readonly status?: true;
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
        ...(row.status === undefined ? {} : { subresources: { status: {} } }),
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
    status: true,
    columns: [
      ["Decider", "string", ".spec.decider"],
      ["Rule", "string", ".spec.rule"],
      ["Subject", "string", ".spec.subject.name"],
      ["Expires", "string", ".spec.expires"],
      ["State", "string", '.status.conditions[?(@.status=="True")].type'],
    ],
  }),
  define({
    kind: "ImageReport",
    plural: "imagereports",
    shortName: "imr",
    scope: "Cluster",
    schema: imageReport,
    columns: [
      ["Image", "string", ".report.images[0]"],
      ["Critical", "integer", ".report.counts.critical"],
      ["High", "integer", ".report.counts.high"],
      ["Fixable", "integer", ".report.counts.fixable"],
      ["Exploited", "integer", ".report.counts.exploited"],
      ["Secrets", "integer", ".report.counts.secrets"],
      ["Scanned", "date", ".report.scannedAt"],
    ],
  }),
  define({
    kind: "UpdatePolicy",
    plural: "updatepolicies",
    shortName: "upd",
    scope: "Namespaced",
    schema: updatePolicy,
    status: true,
    columns: [
      ["Semver", "string", ".spec.tags.semver"],
      ["Prefix", "string", ".spec.tags.prefix"],
      ["Digest-Of", "string", ".spec.tags.digestOf"],
      ["Approval", "string", ".spec.approval"],
      ["Paused", "boolean", ".spec.paused"],
      ["Rollout", "string", ".status.rollout.phase"],
      ["State", "string", ".status.workloads[*].reason"],
    ],
  }),
  define({
    kind: "ResponsePolicy",
    plural: "responsepolicies",
    shortName: "rsp",
    scope: "Cluster",
    schema: responsePolicy,
    columns: [
      ["Mode", "string", ".spec.mode"],
      ["Actions", "string", ".spec.rules[*].action"],
    ],
  }),
  define({
    kind: "PostureSummary",
    plural: "posturesummaries",
    shortName: "pst",
    scope: "Cluster",
    schema: postureSummary,
    columns: [
      ["Risk", "number", ".posture.risk"],
      ["Possible", "number", ".posture.possible"],
      ["Critical", "integer", ".posture.failing.critical"],
      ["High", "integer", ".posture.failing.high"],
      ["Medium", "integer", ".posture.failing.medium"],
      ["Low", "integer", ".posture.failing.low"],
      ["Unknown", "integer", ".posture.unknown"],
      ["Accepted", "integer", ".posture.accepted"],
      ["Looked", "date", ".posture.lookedAt"],
    ],
  }),
  define({
    kind: "BriefSchedule",
    plural: "briefschedules",
    shortName: "brs",
    scope: "Cluster",
    schema: briefSchedule,
    status: true,
    columns: [
      ["Schedule", "string", ".spec.schedule"],
      ["Role", "string", ".spec.role"],
      ["Phase", "string", ".status.phase"],
      ["Sent", "date", ".status.lastSent"],
      ["Next", "string", ".status.next"],
    ],
  }),
  define({
    kind: "PostureHistory",
    plural: "posturehistories",
    shortName: "phi",
    scope: "Cluster",
    schema: postureHistory,
    columns: [["From", "string", ".history.from"]],
  }),
  define({
    kind: "PostureControl",
    plural: "posturecontrols",
    shortName: "pctl",
    scope: "Cluster",
    schema: postureControl,
    status: true,
    columns: [
      ["Severity", "string", ".spec.severity"],
      ["Accepted", "string", '.status.conditions[?(@.type=="Accepted")].status'],
      ["Reason", "string", '.status.conditions[?(@.type=="Accepted")].reason'],
      ["Failing", "integer", ".status.findings.failing"],
      ["Errors", "integer", ".status.findings.errors"],
    ],
  }),
  define({
    kind: "CurrencyPolicy",
    plural: "currencypolicies",
    shortName: "cup",
    scope: "Cluster",
    schema: currencyPolicy,
    columns: [
      ["Action", "string", ".spec.action"],
      ["Approval", "string", ".spec.approval"],
      ["Cooldown", "string", ".spec.cooldown"],
      ["Parts", "string", ".spec.parts"],
    ],
  }),
  define({
    kind: "CurrencyApproval",
    plural: "currencyapprovals",
    shortName: "cua",
    scope: "Cluster",
    schema: currencyApproval,
    columns: [
      ["Part", "string", ".spec.part"],
      ["Version", "string", ".spec.version"],
      ["Author", "string", ".spec.author"],
      ["Expires", "string", ".spec.expires"],
    ],
  }),
  define({
    kind: "CurrencySummary",
    plural: "currencysummaries",
    shortName: "cur",
    scope: "Cluster",
    schema: currencySummary,
    columns: [
      ["Vulnerable", "integer", ".currency.counts.vulnerable"],
      ["Exploited", "integer", ".currency.exploited"],
      ["Unsupported", "integer", ".currency.counts.unsupported"],
      ["Update", "integer", ".currency.counts.update"],
      ["Unknown", "integer", ".currency.counts.unknown"],
      ["Current", "integer", ".currency.counts.current"],
      ["Looked", "date", ".currency.lookedAt"],
    ],
  }),
  define({
    kind: "MachineInventory",
    plural: "machineinventories",
    shortName: "mai",
    scope: "Cluster",
    schema: machineInventory,
    columns: [
      ["Suite", "string", ".machine.asked.suite"],
      ["Asked", "date", ".machine.asked.at"],
      ["Looked", "date", ".machine.lookedAt"],
    ],
  }),
  define({
    kind: "PostureFacts",
    plural: "posturefacts",
    shortName: "pfa",
    scope: "Cluster",
    schema: postureFacts,
    columns: [
      ["Kinds", "string", ".told.objects[*].kind"],
      ["Looked", "date", ".told.lookedAt"],
    ],
  }),
  define({
    kind: "ChangeDigest",
    plural: "changedigests",
    shortName: "chd",
    scope: "Cluster",
    schema: changeDigest,
    columns: [
      ["From", "date", ".digest.from"],
      ["To", "date", ".digest.to"],
    ],
  }),
];
