import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "../generated/types.ts";
import { percentOf } from "../int-or-string.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { isValidPercent, nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { shownSelector } from "./apps/pod-template.ts";
import { ageColumn, column, nameColumn } from "./columns.ts";
import { nonNegativeErrors, oneOfErrors } from "./name-fields.ts";
import { defineRow, nextGeneration, putBack, startGeneration, statusStrategy } from "./row.ts";
import { semanticEqual } from "./semantic-equal.ts";

function amountErrors(amount: string | number | undefined, path: string): FieldError[] {
  if (amount === undefined) return [];
  if (typeof amount === "number") return nonNegativeErrors(path, amount);
  const wrong = isValidPercent(amount).map((message) => field.invalid(path, amount, message));
  if ((percentOf(amount) ?? 0) > 100) wrong.push(field.invalid(path, amount, "must not be greater than 100%"));
  return wrong;
}

function validate(budget: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = budget.spec ?? {};
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: shownSelector(selector),
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null,
    };
    errors.push(field.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set"));
  }
  errors.push(...amountErrors(minAvailable, "spec.minAvailable"));
  errors.push(...amountErrors(maxUnavailable, "spec.maxUnavailable"));
  errors.push(...validateLabelSelector(selector, "spec.selector"));
  if (unhealthyPodEvictionPolicy === undefined) return errors;
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  return errors.concat(oneOfErrors("spec.unhealthyPodEvictionPolicy", unhealthyPodEvictionPolicy, policies));
}

const counts = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const;

const validateStatus = (status: Partial<PodDisruptionBudgetStatus>): FieldError[] =>
  counts.flatMap((key) => nonNegativeErrors(`status.${key}`, status[key]));

export const podDisruptionBudgetRow = defineRow<PodDisruptionBudget>({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  resource: "poddisruptionbudgets",
  shortNames: ["pdb"],
  namespaced: true,
  schema: "io.k8s.api.policy.v1.PodDisruptionBudget",
  prepareCreate(draft) {
    startGeneration(draft);
    draft.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  prepareUpdate(draft, old) {
    putBack(draft, old, "status");
    nextGeneration(draft, old, !semanticEqual(draft.spec, old.spec));
  },
  validateCreate: validate,
  validateUpdate: validate,
  resetFields: ["status"],
  subresources: { status: statusStrategy((next) => validateStatus(next.status ?? {})) },
  unconditionalUpdate: false,
  table: {
    columns: [
      nameColumn,
      column("Min Available", { description: "Pods that must stay." }),
      column("Max Unavailable", { description: "Pods that may be missing." }),
      column("Allowed Disruptions", { type: "integer", description: "Pods that may be evicted now." }),
      ageColumn,
    ],
    cells: (budget, now) => [
      budget.metadata.name ?? "",
      String(budget.spec?.minAvailable ?? "N/A"),
      String(budget.spec?.maxUnavailable ?? "N/A"),
      budget.status?.disruptionsAllowed ?? 0,
      ageCell(budget.metadata.creationTimestamp, now),
    ],
  },
  nameErrors: nameIsDNSSubdomain,
});
