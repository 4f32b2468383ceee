/**
 * Constructors of field errors, worded as apimachinery's field package words them. Used as a namespace:
 * `field.required("spec.x", "must be set")`, `field.invalid(field.index("spec.ports", 0), 0, "must be …")`.
 * A path is a plain string; "" is the object itself, whose errors Kubernetes places at `<nil>`.
 */
import type { FieldError, FieldErrorReason } from "./field-error.ts";
import { goJson, goQuote } from "./go-format.ts";

/** `child("spec", "replicas")` → `spec.replicas`; several names go deeper. */
export const child = (path: string, ...names: readonly string[]): string =>
  names.reduce((at, name) => (at === "" ? name : `${at}.${name}`), path);

/** `index("spec.ports", 0)` → `spec.ports[0]` */
export const index = (path: string, at: number): string => `${path}[${at}]`;

/** `key("data", "a b")` → `data[a b]` */
export const key = (path: string, name: string): string => `${path}[${name}]`;

const error = (reason: FieldErrorReason, path: string, kind: string, detail: string): FieldError => ({
  reason,
  field: path === "" ? "<nil>" : path,
  message: detail === "" ? kind : `${kind}: ${detail}`,
});

/** A bad value as it stands in a message: strings quoted, numbers and booleans bare, the rest as JSON. */
export function formatValue(value: unknown): string {
  if (typeof value === "string") return goQuote(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  return goJson(sortStringMap(value));
}

/** Go writes a map[string]string with its keys sorted; a struct keeps its own order. */
function sortStringMap(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (!entries.every(([, v]) => typeof v === "string")) return value;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `Required value` */
export const required = (path: string, detail = ""): FieldError =>
  error("FieldValueRequired", path, "Required value", detail);

/** `Invalid value: "x": detail` */
export const invalid = (path: string, value: unknown, detail: string): FieldError =>
  error("FieldValueInvalid", path, `Invalid value: ${formatValue(value)}`, detail);

/** `Invalid value: "string": detail`, under the reason FieldValueTypeInvalid. */
export const typeInvalid = (path: string, value: unknown, detail: string): FieldError =>
  error("FieldValueTypeInvalid", path, `Invalid value: ${formatValue(value)}`, detail);

/** `Unsupported value: "x": supported values: "a", "b"`, in the order handed in. */
export const notSupported = (path: string, value: unknown, supported: readonly string[] = []): FieldError =>
  error(
    "FieldValueNotSupported",
    path,
    `Unsupported value: ${formatValue(value)}`,
    supported.length === 0 ? "" : `supported values: ${supported.map(goQuote).join(", ")}`,
  );

/** `Duplicate value: "x"` */
export const duplicate = (path: string, value: unknown): FieldError =>
  error("FieldValueDuplicate", path, `Duplicate value: ${formatValue(value)}`, "");

/** `Forbidden: detail` */
export const forbidden = (path: string, detail: string): FieldError =>
  error("FieldValueForbidden", path, "Forbidden", detail);

/** `Too long: may not be more than N bytes` */
export const tooLong = (path: string, maxBytes: number): FieldError =>
  error("FieldValueTooLong", path, "Too long", `may not be more than ${maxBytes} bytes`);

/** `Too many: 11: must have at most 10 items`; a negative count is left out. */
export const tooMany = (path: string, actual: number, max: number): FieldError =>
  error(
    "FieldValueTooMany",
    path,
    actual < 0 ? "Too many" : `Too many: ${actual}`,
    `must have at most ${max} ${max === 1 ? "item" : "items"}`,
  );

/** `Not found: "x"` */
export const notFound = (path: string, value: unknown): FieldError =>
  error("FieldValueNotFound", path, `Not found: ${formatValue(value)}`, "");

/** `Internal error: detail` */
export const internal = (path: string, detail: string): FieldError =>
  error("InternalError", path, "Internal error", detail);
