import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "../../generated/types.ts";
import { isDNS1035Label, isDNS1123Subdomain } from "../../name-validation.ts";
import { immutableField } from "../immutable-field.ts";
import { oneOfErrors } from "../name-fields.ts";
import { semanticEqual } from "../semantic-equal.ts";
import { namesErrors } from "./crd-names.ts";
import { columnErrors, deprecationErrors, subresourcesErrors } from "./crd-version.ts";

/** What is wrong with a schema, as a structural one; `path` is where it stands in messages. */
export type SchemaCheck = (schema: JSONSchemaProps, path: string) => FieldError[];

const approvalAnnotation = "api-approved.kubernetes.io";
const protectedGroup = /(^|\.)(k8s|kubernetes)\.io$/;

type Versions = readonly CustomResourceDefinitionVersion[];

const schemaOf = (version: CustomResourceDefinitionVersion): JSONSchemaProps | undefined =>
  version.schema?.openAPIV3Schema;

/** Where all versions agree on a part, messages place it at the top of the specification. */
const agree = (versions: Versions, part: (version: CustomResourceDefinitionVersion) => unknown): boolean =>
  versions.every((version) => semanticEqual(part(version), part(versions[0] as CustomResourceDefinitionVersion)));

function partErrors(
  versions: Versions,
  part: (version: CustomResourceDefinitionVersion) => unknown,
  check: (version: CustomResourceDefinitionVersion, path: string) => FieldError[],
): FieldError[] {
  const first = versions[0];
  if (first === undefined) return [];
  if (agree(versions, part)) return check(first, "spec");
  return versions.flatMap((version, index) => check(version, field.index("spec.versions", index)));
}

function schemaErrors(versions: Versions, check: SchemaCheck): FieldError[] {
  const errors: FieldError[] = [];
  const shared = agree(versions, (version) => version.schema);
  versions.forEach((version, index) => {
    if (schemaOf(version) === undefined) {
      errors.push(field.required(`${field.index("spec.versions", index)}.schema.openAPIV3Schema`));
    }
  });
  const checked = shared ? versions.slice(0, 1) : versions;
  checked.forEach((version, index) => {
    const schema = schemaOf(version);
    if (schema === undefined) return;
    const at = shared ? "spec.validation" : `${field.index("spec.versions", index)}.schema`;
    errors.push(...check(schema, `${at}.openAPIV3Schema`));
  });
  return errors;
}

function versionsErrors(versions: Versions): FieldError[] {
  const errors: FieldError[] = [];
  versions.forEach((version, index) => {
    const path = field.index("spec.versions", index);
    const wrong = isDNS1035Label(version.name);
    if (wrong.length > 0) errors.push(field.invalid(`${path}.name`, version.name, wrong.join(",")));
    errors.push(...deprecationErrors(version, path));
  });
  const shown = versions.map(({ name, served, storage }) => ({ Name: name, Served: served, Storage: storage }));
  if (new Set(versions.map(({ name }) => name)).size !== versions.length) {
    errors.push(field.invalid("spec.versions", shown, "must contain unique version names"));
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    const why = "must have exactly one version marked as storage version";
    errors.push(field.invalid("spec.versions", shown, why));
  }
  return errors;
}

function groupErrors(group: string): FieldError[] {
  if (group === "") return [field.required("spec.group")];
  const wrong = isDNS1123Subdomain(group);
  if (wrong.length > 0) return [field.invalid("spec.group", group, wrong.join(","))];
  return group.includes(".") ? [] : [field.invalid("spec.group", group, "should be a domain with at least one dot")];
}

function requiredNamesErrors(definition: CustomResourceDefinition): FieldError[] {
  const { names } = definition.spec;
  const required = ["plural", "singular", "kind", "listKind"] as const;
  return required.filter((key) => (names[key] ?? "") === "").map((key) => field.required(`spec.names.${key}`));
}

function conversionErrors({ spec }: CustomResourceDefinition): FieldError[] {
  const path = "spec.conversion";
  const strategy = spec.conversion?.strategy ?? "";
  if (strategy === "Webhook") {
    const why =
      "conversion webhooks are not served: every version is stored and read as it stands, so use None and keep the versions' fields alike";
    return [field.forbidden(`${path}.strategy`, why)];
  }
  const errors =
    strategy === ""
      ? [field.required(`${path}.strategy`)]
      : oneOfErrors(`${path}.strategy`, strategy, ["None", "Webhook"]);
  if (spec.conversion?.webhook !== undefined) {
    errors.push(
      field.forbidden(`${path}.webhookClientConfig`, "should not be set when strategy is not set to Webhook"),
    );
  }
  return errors;
}

function specErrors(definition: CustomResourceDefinition, check: SchemaCheck): FieldError[] {
  const { spec } = definition;
  const versions = spec.versions ?? [];
  const scope = spec.scope ?? "";
  return [
    ...groupErrors(spec.group),
    ...(scope === "" ? [field.required("spec.scope")] : oneOfErrors("spec.scope", scope, ["Cluster", "Namespaced"])),
    ...versionsErrors(versions),
    ...requiredNamesErrors(definition),
    ...namesErrors(spec.names, "spec.names"),
    ...schemaErrors(versions, check),
    ...partErrors(
      versions,
      (version) => version.subresources,
      (version, path) => subresourcesErrors(version.subresources, `${path}.subresources`),
    ),
    ...partErrors(
      versions,
      (version) => version.additionalPrinterColumns,
      (version, path) =>
        (version.additionalPrinterColumns ?? []).flatMap((column, index) =>
          columnErrors(column, field.index(`${path}.additionalPrinterColumns`, index)),
        ),
    ),
    ...conversionErrors(definition),
  ];
}

function storedVersionsErrors(definition: CustomResourceDefinition): FieldError[] {
  const stored = definition.status?.storedVersions ?? [];
  const path = "status.storedVersions";
  if (stored.length === 0) return [field.invalid(path, stored, "must have at least one stored version")];
  const versions = definition.spec.versions ?? [];
  const errors = versions
    .filter(({ name, storage }) => storage && !stored.includes(name))
    .map(({ name }) => field.invalid(path, stored, `must have the storage version ${name}`));
  stored.forEach((name, index) => {
    if (versions.some((version) => version.name === name)) return;
    const why = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(field.invalid(field.index(path, index), name, why));
  });
  return errors;
}

/** Kubernetes' own groups may be extended with its approval only. */
function approvalErrors(definition: CustomResourceDefinition): FieldError[] {
  if (!protectedGroup.test(definition.spec.group)) return [];
  const path = field.key("metadata.annotations", approvalAnnotation);
  const approval = definition.metadata.annotations?.[approvalAnnotation] ?? "";
  if (approval === "") {
    const why = `protected groups must have approval annotation "${approvalAnnotation}", see https://github.com/kubernetes/enhancements/pull/1111`;
    return [field.required(path, why)];
  }
  if (approval.startsWith("unapproved") || URL.canParse(approval)) return [];
  const why = `protected groups must have approval annotation "${approvalAnnotation}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`;
  return [field.invalid(path, approval, why)];
}

const preserveErrors = (definition: CustomResourceDefinition): FieldError[] =>
  definition.spec.preserveUnknownFields === true
    ? [
        field.invalid(
          "spec.preserveUnknownFields",
          true,
          "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
        ),
      ]
    : [];

function validate(definition: CustomResourceDefinition, check: SchemaCheck): FieldError[] {
  const { names, group } = definition.spec;
  const { name = "" } = definition.metadata;
  const errors =
    name === `${names.plural}.${group}`
      ? []
      : [field.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')];
  return [
    ...errors,
    ...specErrors(definition, check),
    ...storedVersionsErrors(definition),
    ...approvalErrors(definition),
    ...preserveErrors(definition),
  ];
}

export const validateDefinitionCreate = validate;

const isEstablished = (definition: CustomResourceDefinition): boolean =>
  (definition.status?.conditions ?? []).some(({ type, status }) => type === "Established" && status === "True");

export function validateDefinitionUpdate(
  next: CustomResourceDefinition,
  old: CustomResourceDefinition,
  check: SchemaCheck,
): FieldError[] {
  const errors = [
    ...specErrors(next, check),
    ...storedVersionsErrors(next),
    ...(old.metadata.annotations?.[approvalAnnotation] === next.metadata.annotations?.[approvalAnnotation]
      ? []
      : approvalErrors(next)),
    ...(old.spec.preserveUnknownFields === true ? [] : preserveErrors(next)),
  ];
  if (isEstablished(old)) {
    errors.push(
      ...immutableField(next.spec.scope, old.spec.scope, "spec.scope"),
      ...immutableField(next.spec.names.kind, old.spec.names.kind, "spec.names.kind"),
    );
  }
  return [
    ...errors,
    ...immutableField(next.spec.group, old.spec.group, "spec.group"),
    ...immutableField(next.spec.names.plural, old.spec.names.plural, "spec.names.plural"),
  ];
}

export const validateDefinitionStatusUpdate = (next: CustomResourceDefinition): FieldError[] =>
  next.status?.acceptedNames === undefined ? [] : namesErrors(next.status.acceptedNames, "status.acceptedNames");
