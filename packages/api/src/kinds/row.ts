import type { FieldError } from "../field-error.ts";
import type { KindRow, RowFacts, SubresourceStrategy } from "../kind-row.ts";
import type { KubeObject } from "../object.ts";
import { toWireForm } from "./wire-form.ts";

/** What every row says for itself; the rest of KindRow has the value that most kinds share. */
type Own =
  | "group"
  | "version"
  | "kind"
  | "resource"
  | "namespaced"
  | "schema"
  | "validateCreate"
  | "validateUpdate"
  | "nameErrors"
  | "table";

export type RowParts<T extends KubeObject> = Pick<KindRow<T>, Own> & Partial<Omit<KindRow<T>, Own>>;

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;

/** Puts a field back as it was; an absent one is taken away. */
export function putBack<T extends object>(draft: T, old: T, ...keys: (keyof T)[]): void {
  for (const key of keys) {
    if (old[key] === undefined) delete draft[key];
    else draft[key] = old[key];
  }
}

/** metadata.generation on creation, for kinds that count it. */
export function startGeneration(draft: KubeObject): void {
  draft.metadata.generation = 1;
}

/** One generation further where the wish itself changed. The old count is put back before this is called. */
export function nextGeneration(draft: KubeObject, old: KubeObject, changed: boolean): void {
  if (changed) draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/**
 * Completes a row. Every draft is brought into wire form before the row's own defaults, and its generation is the
 * old object's before the row's own prepareUpdate.
 */
export function defineRow<T extends KubeObject>(parts: RowParts<T>): KindRow<T> {
  const { defaults, prepareUpdate, schema } = parts;
  return {
    singular: parts.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    prepareCreate() {},
    warnings: () => [],
    resetFields: [],
    subresources: {},
    scale: undefined,
    fieldSelectors: {},
    createOnUpdate: false,
    unconditionalUpdate: true,
    gracePeriod: () => undefined,
    sealed: false,
    ...parts,
    defaults(draft: T): void {
      toWireForm(draft, schema);
      defaults?.(draft);
    },
    prepareUpdate(draft: T, old: T, facts: RowFacts): void {
      putBack(draft.metadata, old.metadata, "generation");
      prepareUpdate?.(draft, old, facts);
    },
  };
}

/** A status subresource: only status may change, and what the row adds to `keeps` stays as it was. */
export function statusStrategy<T extends KubeObject & { spec?: unknown; status?: unknown }>(
  validateUpdate: (next: T, old: T) => FieldError[] = () => [],
  keeps: readonly ("labels" | "annotations" | "ownerReferences" | "deletionTimestamp")[] = [],
): SubresourceStrategy<T> {
  return {
    prepareUpdate(draft, old) {
      putBack(draft, old, "spec");
      putBack(draft.metadata, old.metadata, "generation", ...keeps);
    },
    validateUpdate,
    resetFields: ["spec", ...keeps.map((key) => `metadata.${key}`)],
  };
}
