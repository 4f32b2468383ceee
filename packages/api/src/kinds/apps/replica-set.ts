import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { Container, ReplicaSet, ReplicaSetStatus } from "../../generated/types.ts";
import { formatLabelSelector, validateLabelSelector } from "../../label-selector.ts";
import { nameIsDNSSubdomain } from "../../name-validation.ts";
import { ageCell } from "../../table-rows.ts";
import { ageColumn, column, nameColumn, wideColumn } from "../columns.ts";
import { immutableField } from "../immutable-field.ts";
import { nonNegativeErrors } from "../name-fields.ts";
import { defineRow, nextGeneration, putBack, startGeneration, statusStrategy } from "../row.ts";
import { semanticEqual } from "../semantic-equal.ts";
import {
  defaultPodTemplate,
  podTemplateWarnings,
  replicatedTemplateErrors,
  shownSelector,
  workloadNameWarnings,
} from "./pod-template.ts";
import { scaleSelector } from "./scale-selector.ts";

/** Names and images of a template's containers, a cell each. */
export const containerCells = (containers: readonly Container[] | undefined): [string, string] => [
  (containers ?? []).map(({ name }) => name).join(","),
  (containers ?? []).map(({ image = "" }) => image).join(","),
];

function validate(replicaSet: ReplicaSet): FieldError[] {
  const { replicas, minReadySeconds, selector, template } = replicaSet.spec ?? {};
  return [
    ...nonNegativeErrors("spec.replicas", replicas),
    ...nonNegativeErrors("spec.minReadySeconds", minReadySeconds),
    ...selectorErrors(selector),
    ...replicatedTemplateErrors(template ?? {}, selector),
  ];
}

/** A selector must be there and must select. */
export function selectorErrors(selector: NonNullable<ReplicaSet["spec"]>["selector"] | undefined): FieldError[] {
  if (selector === undefined || selector === null) return [field.required("spec.selector")];
  const errors = validateLabelSelector(selector, "spec.selector");
  const empty = Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
  if (empty) {
    errors.push(field.invalid("spec.selector", shownSelector(selector), "empty selector is invalid for deployment"));
  }
  return errors;
}

const counts = [
  "replicas",
  "fullyLabeledReplicas",
  "readyReplicas",
  "availableReplicas",
  "observedGeneration",
] as const;

function validateStatus(status: Partial<ReplicaSetStatus>): FieldError[] {
  const errors = counts.flatMap((key) => nonNegativeErrors(`status.${key}`, status[key]));
  errors.push(...nonNegativeErrors("status.terminatingReplicas", status.terminatingReplicas));
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const key of ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const) {
    if ((status[key] ?? 0) > replicas) {
      errors.push(field.invalid(`status.${key}`, status[key], "cannot be greater than status.replicas"));
    }
  }
  if (availableReplicas > readyReplicas) {
    errors.push(field.invalid("status.availableReplicas", availableReplicas, "cannot be greater than readyReplicas"));
  }
  return errors;
}

export const replicaSetRow = defineRow<ReplicaSet>({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  resource: "replicasets",
  shortNames: ["rs"],
  categories: ["all"],
  namespaced: true,
  schema: "io.k8s.api.apps.v1.ReplicaSet",
  defaults(draft) {
    if (draft.spec === undefined) return;
    draft.spec.replicas ??= 1;
    defaultPodTemplate(draft.spec.template);
  },
  prepareCreate(draft) {
    draft.status = { replicas: 0 };
    startGeneration(draft);
  },
  prepareUpdate(draft, old) {
    putBack(draft, old, "status");
    nextGeneration(draft, old, !semanticEqual(draft.spec, old.spec));
  },
  validateCreate: validate,
  validateUpdate: (next, old) => [
    ...validate(next),
    ...immutableField(shownSelector(next.spec?.selector), shownSelector(old.spec?.selector), "spec.selector"),
  ],
  warnings(next, old) {
    if (old === undefined)
      return [...workloadNameWarnings(next.metadata.name), ...podTemplateWarnings(next.spec?.template)];
    return next.metadata.generation === old.metadata.generation ? [] : podTemplateWarnings(next.spec?.template);
  },
  resetFields: ["status"],
  subresources: { status: statusStrategy((next) => validateStatus(next.status ?? {})) },
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    selector: (replicaSet) => scaleSelector(replicaSet.spec?.selector),
  },
  fieldSelectors: { "status.replicas": (replicaSet) => String(replicaSet.status?.replicas ?? 0) },
  table: {
    columns: [
      nameColumn,
      column("Desired", { type: "integer", description: "Pods wanted." }),
      column("Current", { type: "integer", description: "Pods there are." }),
      column("Ready", { type: "integer", description: "Pods that are ready." }),
      ageColumn,
      wideColumn("Containers", { description: "Names of each container in the template." }),
      wideColumn("Images", { description: "Images referenced by each container in the template." }),
      wideColumn("Selector", { description: "Labels by which the pods are found." }),
    ],
    cells: (replicaSet, now) => [
      replicaSet.metadata.name ?? "",
      replicaSet.spec?.replicas ?? 0,
      replicaSet.status?.replicas ?? 0,
      replicaSet.status?.readyReplicas ?? 0,
      ageCell(replicaSet.metadata.creationTimestamp, now),
      ...containerCells(replicaSet.spec?.template?.spec?.containers),
      formatLabelSelector(replicaSet.spec?.selector),
    ],
  },
  nameErrors: nameIsDNSSubdomain,
});
