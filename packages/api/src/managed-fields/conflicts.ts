/** 409 for fields that an apply would take from other managers. */
import type { StatusCause } from "../generated/types.ts";
import { goQuote } from "../go-format.ts";
import { StatusError } from "../status.ts";
import { eachPath, type FieldSet, pathText } from "./field-set.ts";
import type { Manager } from "./managers.ts";

/** Fields of a manager that an apply would change. */
export interface Conflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** `"scaler" with subresource "scale" using apps/v1` */
function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `${goQuote(manager)}${subresource === "" ? "" : ` with subresource ${goQuote(subresource)}`}`;
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}

/** Conflict with a cause for each field, in upstream's words. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes: StatusCause[] = [];
  const byManager = new Map<string, string[]>();
  for (const { manager, fields } of conflicts) {
    const who = managerText(manager);
    eachPath(fields, (path) => {
      const field = pathText(path);
      causes.push({ reason: "FieldManagerConflict", message: `conflict with ${who}`, field });
      byManager.set(who, [...(byManager.get(who) ?? []), field]);
    });
  }
  const [first] = causes;
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${first?.message}: ${first?.field}`
      : `Apply failed with ${causes.length} conflicts: ${[...byManager]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([who, fields]) => [`conflicts with ${who}:`, ...fields.map((f) => `- ${f}`)].join("\n"))
          .join("\n")}`;
  return new StatusError({ reason: "Conflict", message, details: { causes } });
}
