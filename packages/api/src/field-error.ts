import { StatusError } from "./status.ts";

/** What is wrong with a field, as apimachinery's field.Error types spell them in a Status cause. */
export type FieldErrorReason =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "InternalError";

/** One broken rule of one field. `message` is the cause's message, e.g. `Required value: must be set`. */
export interface FieldError {
  readonly reason: FieldErrorReason;
  /** `spec.containers[0].name` */
  readonly field: string;
  readonly message: string;
}

/** 422 Invalid with one cause an error: `Pod "a" is invalid: spec.x: Required value, …`. Takes the Kind, not the plural. */
export function invalid(group: string, kind: string, name: string, errors: readonly FieldError[]): StatusError {
  const unique = [...new Set(errors.map((e) => `${e.field}: ${e.message}`))];
  const joined = unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`;
  const qualified = group === "" ? kind : `${kind}.${group}`;
  return new StatusError({
    reason: "Invalid",
    message: `${qualified} "${name}" is invalid: ${joined}`,
    details: {
      ...(name === "" ? {} : { name }),
      ...(group === "" ? {} : { group }),
      kind,
      causes: errors.map((e) => ({ reason: e.reason, message: e.message, field: e.field })),
    },
  });
}
