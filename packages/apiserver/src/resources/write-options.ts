import { type FieldError, invalid, validateFieldManager } from "@bulkhead/api";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** CreateOptions, UpdateOptions and PatchOptions of meta/v1, read from a query. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean | undefined;
}

const quoted = (values: readonly string[]): string => values.map((value) => JSON.stringify(value)).join(", ");

export function dryRunErrors(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === "All")) return [];
  return [
    {
      reason: "FieldValueNotSupported",
      field: "dryRun",
      message: `Unsupported value: [${values.map((value) => JSON.stringify(value)).join(",")}]: supported values: "All"`,
    },
  ];
}

/** `kind` is what a refusal names: CreateOptions, UpdateOptions, PatchOptions. */
export function parseWriteOptions(
  query: URLSearchParams,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  apply = false,
): WriteOptions {
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  const validation = query.get("fieldValidation") ?? "";
  const fieldManager = query.get("fieldManager") ?? "";
  const force = query.get("force");
  const errors: FieldError[] = dryRunErrors(dryRun);
  if (apply && fieldManager === "")
    errors.push({
      reason: "FieldValueRequired",
      field: "fieldManager",
      message: "Required value: is required for apply patch",
    });
  if (kind === "PatchOptions" && !apply && force !== null)
    errors.push({
      reason: "FieldValueForbidden",
      field: "force",
      message: "Forbidden: may not be specified for non-apply patch",
    });
  errors.push(...validateFieldManager(fieldManager, "fieldManager"));
  if (!["", "Ignore", "Strict", "Warn"].includes(validation))
    errors.push({
      reason: "FieldValueNotSupported",
      field: "fieldValidation",
      message: `Unsupported value: ${JSON.stringify(validation)}: supported values: ${quoted(["", "Ignore", "Strict", "Warn"])}`,
    });
  if (errors.length > 0) throw invalid("meta.k8s.io", kind, "", errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: validation === "" ? "Warn" : (validation as FieldValidation),
    force: force === null ? undefined : force !== "false" && force !== "0",
  };
}

/** Who a write's fields belong to when the client did not say: the program's name. */
export const managerOf = (fieldManager: string, userAgent: string): string =>
  fieldManager !== "" ? fieldManager : (userAgent.split("/", 1)[0] ?? "").slice(0, 128);
