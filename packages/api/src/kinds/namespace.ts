import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { Namespace } from "../generated/types.ts";
import { isQualifiedName, nameIsDNSLabel } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { ageColumn, column, nameColumn } from "./columns.ts";
import { defineRow, putBack, statusStrategy } from "./row.ts";

/** The finalizer that holds a Namespace until everything in it is gone. */
const kubernetesFinalizer = "kubernetes";
const nameLabel = "kubernetes.io/metadata.name";

function labelWithName(draft: Namespace): void {
  const { name } = draft.metadata;
  if (name === undefined || draft.metadata.labels?.[nameLabel] === name) return;
  draft.metadata.labels = { ...draft.metadata.labels, [nameLabel]: name };
}

function finalizerErrors(namespace: Namespace, path: (index: number) => string): FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((finalizer, index) => {
    const errors = isQualifiedName(finalizer).map((message) => field.invalid(path(index), finalizer, message));
    if (errors.length === 0 && !finalizer.includes("/") && finalizer !== kubernetesFinalizer) {
      errors.push(
        field.invalid(path(index), finalizer, "name is neither a standard finalizer name nor is it fully qualified"),
      );
    }
    return errors;
  });
}

function validate(namespace: Namespace): FieldError[] {
  return finalizerErrors(namespace, () => "spec.finalizers");
}

function validateStatusUpdate(next: Namespace): FieldError[] {
  const deleting = next.metadata.deletionTimestamp !== undefined;
  const phase = next.status?.phase ?? "";
  if (!deleting && phase !== "Active") {
    return [field.invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  }
  if (deleting && phase !== "Terminating") {
    return [field.invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
  }
  return [];
}

export const namespaceRow = defineRow<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  resource: "namespaces",
  shortNames: ["ns"],
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  namespaced: false,
  schema: "io.k8s.api.core.v1.Namespace",
  defaults(draft) {
    labelWithName(draft);
    draft.status ??= {};
    draft.status.phase ??= "Active";
  },
  prepareCreate(draft) {
    draft.status = { phase: "Active" };
    // A generated name exists only now.
    labelWithName(draft);
    const finalizers = draft.spec?.finalizers ?? [];
    if (!finalizers.includes(kubernetesFinalizer)) {
      draft.spec = { ...draft.spec, finalizers: [...finalizers, kubernetesFinalizer] };
    }
  },
  prepareUpdate(draft, old) {
    draft.spec ??= {};
    putBack(draft.spec, old.spec ?? {}, "finalizers");
    putBack(draft, old, "status");
  },
  validateCreate: validate,
  validateUpdate: validate,
  resetFields: ["status"],
  subresources: {
    status: statusStrategy(validateStatusUpdate),
    finalize: {
      prepareUpdate: (draft, old) => putBack(draft, old, "status"),
      validateUpdate: (next) => finalizerErrors(next, (index) => field.index("spec.finalizers", index)),
      resetFields: ["status"],
    },
  },
  fieldSelectors: {
    "status.phase": (namespace) => namespace.status?.phase ?? "",
    name: (namespace) => namespace.metadata.name ?? "",
  },
  table: {
    columns: [nameColumn, column("Status", { description: "The status of the namespace" }), ageColumn],
    cells: (namespace, now) => [
      namespace.metadata.name ?? "",
      namespace.status?.phase ?? "",
      ageCell(namespace.metadata.creationTimestamp, now),
    ],
  },
  nameErrors: nameIsDNSLabel,
});
