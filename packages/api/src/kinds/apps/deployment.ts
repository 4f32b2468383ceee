import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type {
  Deployment,
  DeploymentStatus,
  DeploymentStrategy,
  RollingUpdateDeployment,
} from "../../generated/types.ts";
import { percentOf } from "../../int-or-string.ts";
import { isValidPercent, nameIsDNSSubdomain } from "../../name-validation.ts";
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
import { containerCells, selectorErrors } from "./replica-set.ts";
import { scaleSelector } from "./scale-selector.ts";

type Amount = string | number;

function amountErrors(amount: Amount, path: string): FieldError[] {
  if (typeof amount === "number") return nonNegativeErrors(path, amount);
  return isValidPercent(amount).map((message) => field.invalid(path, amount, message));
}

const sizeOf = (amount: Amount): number => (typeof amount === "number" ? amount : (percentOf(amount) ?? 0));

function rollingUpdateErrors(update: RollingUpdateDeployment, path: string): FieldError[] {
  const { maxUnavailable = 0, maxSurge = 0 } = update;
  const at = `${path}.maxUnavailable`;
  const errors = [...amountErrors(maxUnavailable, at), ...amountErrors(maxSurge, `${path}.maxSurge`)];
  if (sizeOf(maxUnavailable) === 0 && sizeOf(maxSurge) === 0) {
    errors.push(field.invalid(at, maxUnavailable, "may not be 0 when `maxSurge` is 0"));
  }
  if ((percentOf(maxUnavailable) ?? 0) > 100) {
    errors.push(field.invalid(at, maxUnavailable, "must not be greater than 100%"));
  }
  return errors;
}

function strategyErrors(strategy: DeploymentStrategy): FieldError[] {
  const path = "spec.strategy";
  const { type, rollingUpdate } = strategy;
  switch (type) {
    case "Recreate":
      return rollingUpdate === undefined
        ? []
        : [field.forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
    case "RollingUpdate":
      return rollingUpdate === undefined
        ? [field.required(`${path}.rollingUpdate`, "this should be defaulted and never be nil")]
        : rollingUpdateErrors(rollingUpdate, `${path}.rollingUpdate`);
    default: {
      const shown = {
        Type: type ?? "",
        RollingUpdate:
          rollingUpdate === undefined
            ? null
            : { MaxUnavailable: rollingUpdate.maxUnavailable ?? 0, MaxSurge: rollingUpdate.maxSurge ?? 0 },
      };
      return [field.notSupported(path, shown, ["Recreate", "RollingUpdate"])];
    }
  }
}

function validate(deployment: Deployment): FieldError[] {
  const {
    replicas,
    selector,
    template,
    strategy,
    minReadySeconds = 0,
    revisionHistoryLimit,
    progressDeadlineSeconds,
  } = deployment.spec ?? {};
  const errors = [
    ...nonNegativeErrors("spec.replicas", replicas),
    ...selectorErrors(selector),
    ...replicatedTemplateErrors(template ?? {}, selector),
    ...strategyErrors(strategy ?? {}),
    ...nonNegativeErrors("spec.minReadySeconds", minReadySeconds),
    ...nonNegativeErrors("spec.revisionHistoryLimit", revisionHistoryLimit),
    ...nonNegativeErrors("spec.progressDeadlineSeconds", progressDeadlineSeconds),
  ];
  if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) {
    const why = "must be greater than minReadySeconds";
    errors.push(field.invalid("spec.progressDeadlineSeconds", progressDeadlineSeconds, why));
  }
  return errors;
}

const counts = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "terminatingReplicas",
  "collisionCount",
] as const;

function validateStatusUpdate(next: DeploymentStatus, old: DeploymentStatus): FieldError[] {
  const errors = counts.flatMap((key) => nonNegativeErrors(`status.${key}`, next[key]));
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0, collisionCount = 0 } = next;
  for (const key of ["updatedReplicas", "readyReplicas", "availableReplicas"] as const) {
    if ((next[key] ?? 0) > replicas) {
      errors.push(field.invalid(`status.${key}`, next[key], "cannot be greater than status.replicas"));
    }
  }
  if (availableReplicas > readyReplicas) {
    errors.push(field.invalid("status.availableReplicas", availableReplicas, "cannot be greater than readyReplicas"));
  }
  if (collisionCount < (old.collisionCount ?? 0)) {
    errors.push(field.invalid("status.collisionCount", collisionCount, "cannot be decremented"));
  }
  return errors;
}

function defaults(draft: Deployment): void {
  const { spec } = draft;
  if (spec === undefined) return;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ??= "RollingUpdate";
  if (spec.strategy.type === "RollingUpdate") {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
    spec.strategy.rollingUpdate.maxSurge ??= "25%";
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  defaultPodTemplate(spec.template);
}

export const deploymentRow = defineRow<Deployment>({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  resource: "deployments",
  shortNames: ["deploy"],
  categories: ["all"],
  namespaced: true,
  schema: "io.k8s.api.apps.v1.Deployment",
  defaults,
  prepareCreate(draft) {
    draft.status = {};
    startGeneration(draft);
  },
  prepareUpdate(draft, old) {
    putBack(draft, old, "status");
    const same =
      semanticEqual(draft.spec, old.spec) && semanticEqual(draft.metadata.annotations, old.metadata.annotations);
    nextGeneration(draft, old, !same);
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
  subresources: {
    status: statusStrategy((next, old) => validateStatusUpdate(next.status ?? {}, old.status ?? {}), ["labels"]),
  },
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    selector: (deployment) => scaleSelector(deployment.spec?.selector),
  },
  table: {
    columns: [
      nameColumn,
      column("Ready", { description: "Pods that are ready, of those wanted." }),
      column("Up-to-date", { description: "Pods of the newest template." }),
      column("Available", { description: "Pods ready for minReadySeconds or longer." }),
      ageColumn,
      wideColumn("Containers", { description: "Names of each container in the template." }),
      wideColumn("Images", { description: "Images referenced by each container in the template." }),
      wideColumn("Selector", { description: "Labels by which the pods are found." }),
    ],
    cells(deployment, now) {
      const { readyReplicas = 0, updatedReplicas = 0, availableReplicas = 0 } = deployment.status ?? {};
      return [
        deployment.metadata.name ?? "",
        `${readyReplicas}/${deployment.spec?.replicas ?? 0}`,
        updatedReplicas,
        availableReplicas,
        ageCell(deployment.metadata.creationTimestamp, now),
        ...containerCells(deployment.spec?.template?.spec?.containers),
        scaleSelector(deployment.spec?.selector),
      ];
    },
  },
  nameErrors: nameIsDNSSubdomain,
});
