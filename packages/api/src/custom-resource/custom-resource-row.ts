/** A version of a CustomResourceDefinition as a row, like those of the built-in kinds. */
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../generated/types.ts";
import type { KindRow, SubresourceStrategy } from "../kind-row.ts";
import { nameIsDNSSubdomain } from "../name-validation.ts";
import type { KubeObject } from "../object.ts";
import { jsonEqual } from "../patch/json-equal.ts";
import type { SchemaNode } from "../schema-node.ts";
import { applySchemaDefaults } from "./defaults.ts";
import { customResourceSchema, itemsOf, type Schema, valuesOf } from "./json-schema.ts";
import { valueAt } from "./object-path.ts";
import { customResourceTable } from "./printer-columns.ts";
import { validateCustomResource } from "./validate.ts";

/** A served version: how it is handled, and the schema that decoding, patches and apply read. */
export interface CustomResourceKind {
  readonly row: KindRow;
  readonly schema: SchemaNode;
  /** What of the definition is not acted on, for a Warning when it is written. */
  readonly warnings: readonly string[];
}

type Item = Record<string, unknown>;

const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const statusOnly: readonly string[] = ["status"];
const nothing: readonly string[] = [];
/** A status write owns status alone. */
const allButStatus: readonly string[] = ["spec", "metadata"];

/** Everything but metadata and status: what metadata.generation counts. */
function specOf(object: KubeObject, hasStatus: boolean): Item {
  const { metadata: _, ...rest } = object as unknown as Item;
  if (hasStatus) delete rest["status"];
  return rest;
}

/** Paths of rules in CEL, which are kept but not evaluated. */
function ruleWarnings(schema: Schema, path: string): string[] {
  const rules = schema["x-kubernetes-validations"] ?? [];
  const own =
    rules.length === 0
      ? []
      : [`${path}: ${rules.length} x-kubernetes-validations not evaluated: CEL is not supported yet`];
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return [
    ...own,
    ...Object.entries(schema.properties ?? {}).flatMap(([name, p]) => ruleWarnings(p, `${path}.properties[${name}]`)),
    ...(items === undefined ? [] : ruleWarnings(items, `${path}.items`)),
    ...(values === undefined ? [] : ruleWarnings(values, `${path}.additionalProperties`)),
  ];
}

/** Warnings for all versions of a definition. */
export const definitionWarnings = ({ spec }: CustomResourceDefinition): string[] =>
  spec.versions.flatMap(({ schema }, i) =>
    schema?.openAPIV3Schema === undefined
      ? []
      : ruleWarnings(schema.openAPIV3Schema, `spec.versions[${i}].schema.openAPIV3Schema`),
  );

/** A status write takes the status alone from what was sent. */
function statusStrategy(
  validate: (object: KubeObject) => ReturnType<KindRow["validateCreate"]>,
): SubresourceStrategy<KubeObject> {
  return {
    prepareUpdate(draft, old) {
      const sent = draft as unknown as Item;
      const before = old as unknown as Item;
      for (const key in sent)
        if (key !== "status" && key !== "metadata" && !Object.hasOwn(before, key)) delete sent[key];
      for (const key in before) if (key !== "status" && key !== "metadata") sent[key] = before[key];
      const { managedFields, resourceVersion } = draft.metadata;
      draft.metadata = { ...old.metadata };
      if (managedFields === undefined) delete draft.metadata.managedFields;
      else draft.metadata.managedFields = managedFields;
      if (resourceVersion !== undefined) draft.metadata.resourceVersion = resourceVersion;
    },
    validateUpdate: validate,
    resetFields: allButStatus,
  };
}

function scaleOf(version: CustomResourceDefinitionVersion): KindRow["scale"] {
  const scale = version.subresources?.scale;
  if (scale === undefined) return undefined;
  const { labelSelectorPath, specReplicasPath, statusReplicasPath } = scale;
  return {
    specReplicasPath,
    statusReplicasPath,
    selector(object) {
      const found = labelSelectorPath === undefined ? undefined : valueAt(object, labelSelectorPath);
      return typeof found === "string" ? found : "";
    },
  };
}

/**
 * The row of one served version of a definition. Names and scope are taken from the definition as accepted; the schema
 * must have passed checkStructuralSchema.
 */
export function customResourceKind(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): CustomResourceKind {
  const { group, names, scope } = definition.spec;
  const schema = version.schema?.openAPIV3Schema;
  const hasStatus = version.subresources?.status !== undefined;
  const validate = (object: KubeObject): ReturnType<KindRow["validateCreate"]> =>
    schema === undefined ? [] : validateCustomResource(object, schema);
  const deprecation = version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`;
  const row: KindRow = {
    group,
    version: version.name,
    kind: names.kind,
    resource: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === "Namespaced",
    verbs,
    schema: "",
    defaults(draft) {
      if (schema !== undefined) applySchemaDefaults(draft, schema);
    },
    prepareCreate(draft) {
      if (hasStatus) delete (draft as unknown as Item)["status"];
      draft.metadata.generation = 1;
    },
    prepareUpdate(draft, old) {
      const status = (old as unknown as Item)["status"];
      if (hasStatus) {
        if (status === undefined) delete (draft as unknown as Item)["status"];
        else (draft as unknown as Item)["status"] = status;
      }
      const same = jsonEqual(specOf(draft, hasStatus), specOf(old, hasStatus));
      const deleted = old.metadata.deletionTimestamp === undefined && draft.metadata.deletionTimestamp !== undefined;
      draft.metadata.generation = (old.metadata.generation ?? 0) + (same && !deleted ? 0 : 1);
    },
    validateCreate: validate,
    validateUpdate: validate,
    warnings: () => (version.deprecated === true ? [deprecation] : []),
    resetFields: hasStatus ? statusOnly : nothing,
    subresources: hasStatus ? { status: statusStrategy(validate) } : {},
    scale: scaleOf(version),
    table: customResourceTable(version.additionalPrinterColumns),
    fieldSelectors: Object.fromEntries(
      (version.selectableFields ?? []).map(({ jsonPath }) => [jsonPath.replace(/^\./, ""), selectable(jsonPath)]),
    ),
    nameErrors: nameIsDNSSubdomain,
    createOnUpdate: false,
    unconditionalUpdate: false,
    gracePeriod: () => undefined,
    sealed: false,
  };
  return {
    row,
    schema: customResourceSchema(schema, { group, version: version.name, kind: names.kind }),
    warnings: definitionWarnings(definition),
  };
}

function selectable(path: string): (object: KubeObject) => string {
  return (object) => {
    const value = valueAt(object, path);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
  };
}
