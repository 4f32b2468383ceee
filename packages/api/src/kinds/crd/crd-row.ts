import { definitionWarnings } from "../../custom-resource/custom-resource-row.ts";
import { checkStructuralSchema } from "../../custom-resource/structural-check.ts";
import type { CustomResourceDefinition } from "../../generated/types.ts";
import { nameIsDNSSubdomain } from "../../name-validation.ts";
import { createdAtColumn, nameColumn } from "../columns.ts";
import { defineRow, nextGeneration, putBack, startGeneration, statusStrategy } from "../row.ts";
import { semanticEqual } from "../semantic-equal.ts";
import {
  validateDefinitionCreate,
  validateDefinitionStatusUpdate,
  validateDefinitionUpdate,
} from "./crd-validation.ts";

function defaults(draft: CustomResourceDefinition): void {
  const { spec } = draft;
  const { names } = spec;
  if (names.kind !== "") {
    names.singular ??= names.kind.toLowerCase();
    names.listKind ??= `${names.kind}List`;
  }
  spec.conversion ??= { strategy: "None" };
  const storage = (spec.versions ?? []).find((version) => version.storage);
  if (storage !== undefined && draft.status !== undefined && (draft.status.storedVersions ?? []).length === 0) {
    draft.status.storedVersions = [storage.name];
  }
}

/** What was ever stored in a version may still be: the list only grows. */
function rememberStorageVersion(draft: CustomResourceDefinition): void {
  const storage = (draft.spec.versions ?? []).find((version) => version.storage)?.name;
  const stored = draft.status?.storedVersions ?? [];
  if (storage === undefined || draft.status === undefined || stored.includes(storage)) return;
  draft.status = { ...draft.status, storedVersions: [...stored, storage] };
}

export const customResourceDefinitionRow = defineRow<CustomResourceDefinition>({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  resource: "customresourcedefinitions",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  namespaced: false,
  schema: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
  defaults,
  prepareCreate(draft) {
    startGeneration(draft);
    // Names are accepted and conditions set by whoever serves the definition.
    draft.status = { acceptedNames: { kind: "", plural: "" }, conditions: null, storedVersions: null } as never;
    rememberStorageVersion(draft);
  },
  prepareUpdate(draft, old) {
    putBack(draft, old, "status");
    nextGeneration(draft, old, !semanticEqual(draft.spec, old.spec));
    rememberStorageVersion(draft);
  },
  validateCreate: (definition) => validateDefinitionCreate(definition, checkStructuralSchema),
  validateUpdate: (next, old) => validateDefinitionUpdate(next, old, checkStructuralSchema),
  // Refused definitions may lack what a warning would be about.
  warnings: (definition) => ((definition.spec.versions ?? []).length === 0 ? [] : definitionWarnings(definition)),
  resetFields: ["status"],
  subresources: { status: statusStrategy(validateDefinitionStatusUpdate) },
  unconditionalUpdate: false,
  table: {
    columns: [nameColumn, createdAtColumn],
    cells: (definition) => [definition.metadata.name ?? "", definition.metadata.creationTimestamp ?? null],
  },
  nameErrors: nameIsDNSSubdomain,
});
