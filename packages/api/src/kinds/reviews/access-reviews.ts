/** Rules of the access reviews: objects that are asked and answered, never kept. */
import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type {
  LocalSubjectAccessReview,
  ObjectMeta,
  SelfSubjectAccessReview,
  SubjectAccessReview,
} from "../../generated/types.ts";

interface Attributes {
  readonly resourceAttributes?: SubjectAccessReview["spec"]["resourceAttributes"];
  readonly nonResourceAttributes?: SubjectAccessReview["spec"]["nonResourceAttributes"];
}

function attributeErrors({ resourceAttributes, nonResourceAttributes }: Attributes): FieldError[] {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const shown = { Path: nonResourceAttributes.path ?? "", Verb: nonResourceAttributes.verb ?? "" };
    const why = "cannot be specified in combination with resourceAttributes";
    return [field.invalid("spec.nonResourceAttributes", shown, why)];
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    return [field.invalid("spec.resourceAttributes", null, why)];
  }
  return [];
}

function selectorErrors({ resourceAttributes }: Attributes): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["fieldSelector", "labelSelector"] as const) {
    const selector = resourceAttributes?.[key];
    if (selector === undefined) continue;
    const path = `spec.resourceAttributes.${key}`;
    const raw = selector.rawSelector ?? "";
    const requirements = selector.requirements ?? [];
    if (raw !== "" && requirements.length > 0) {
      errors.push(field.invalid(`${path}.rawSelector`, raw, "may not specified at the same time as requirements"));
    }
    if (raw === "" && requirements.length === 0) {
      errors.push(
        field.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`),
      );
    }
  }
  return errors;
}

const isEmpty = (metadata: ObjectMeta | undefined, ...allowed: readonly string[]): boolean =>
  Object.keys(metadata ?? {}).every((key) => key === "managedFields" || allowed.includes(key));

function specErrors(spec: SubjectAccessReview["spec"]): FieldError[] {
  const errors = attributeErrors(spec);
  if ((spec.user ?? "") === "" && (spec.groups ?? []).length === 0) {
    errors.push(field.invalid("spec.user", spec.user ?? "", "at least one of user or group must be specified"));
  }
  return errors.concat(selectorErrors(spec));
}

export function validateSubjectAccessReview(review: SubjectAccessReview): FieldError[] {
  const errors = specErrors(review.spec);
  if (!isEmpty(review.metadata)) errors.push(field.invalid("metadata", review.metadata, "must be empty"));
  return errors;
}

export function validateSelfSubjectAccessReview(review: SelfSubjectAccessReview): FieldError[] {
  const errors = [...attributeErrors(review.spec), ...selectorErrors(review.spec)];
  if (!isEmpty(review.metadata)) errors.push(field.invalid("metadata", review.metadata, "must be empty"));
  return errors;
}

export function validateLocalSubjectAccessReview(review: LocalSubjectAccessReview): FieldError[] {
  const errors = specErrors(review.spec);
  if (!isEmpty(review.metadata, "namespace")) {
    errors.push(field.invalid("metadata", review.metadata, "must be empty except for namespace"));
  }
  const { resourceAttributes, nonResourceAttributes } = review.spec;
  const namespace = resourceAttributes?.namespace ?? "";
  if (resourceAttributes !== undefined && namespace !== (review.metadata?.namespace ?? "")) {
    errors.push(field.invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace"));
  }
  if (nonResourceAttributes !== undefined) {
    const shown = { Path: nonResourceAttributes.path ?? "", Verb: nonResourceAttributes.verb ?? "" };
    errors.push(field.invalid("spec.nonResourceAttributes", shown, "disallowed on this kind of request"));
  }
  return errors;
}
