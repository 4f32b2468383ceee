import {
  checkObject,
  type KubeObject,
  rowForKind,
  schemaById,
  schemaIdOfKind,
  toWireForm,
  validateObjectMeta,
} from "@bulkhead/api";
import type { Because } from "@bulkhead/policy";

export interface WellFormed {
  /** For which the API server would refuse it. */
  readonly errors: readonly Because[];
  /** Which it would pass over: fields that are not there, misspelt ones among them. */
  readonly warnings: readonly Because[];
}

const split = (apiVersion: string): readonly [group: string, version: string] => {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
};

/** Whether objects of this kind live in namespaces; undefined: a kind that we do not know. */
export function isNamespaced({ apiVersion, kind }: KubeObject): boolean | undefined {
  const [group, version] = split(apiVersion);
  const row = rowForKind(group, version, kind);
  if (row !== undefined) return row.namespaced;
  // Workloads that this server does not serve yet are judged all the same.
  return ["apps", "batch"].includes(group) || (group === "" && ["PodTemplate", "ReplicationController"].includes(kind))
    ? true
    : undefined;
}

const schemaIdOf = ({ apiVersion, kind }: KubeObject): string | undefined => {
  const [group, version] = split(apiVersion);
  return rowForKind(group, version, kind)?.schema ?? schemaIdOfKind({ group, version, kind });
};

const holdsNull = (value: unknown): boolean =>
  value === null || (typeof value === "object" && Object.values(value).some(holdsNull));

/** As the API server reads it: a null is a field left out, and in a list the zero of its type. Kinds of others stay as they are. */
export function withoutNulls(object: KubeObject): KubeObject {
  const schema = holdsNull(object) ? schemaIdOf(object) : undefined;
  if (schema === undefined) return object;
  const draft = structuredClone(object);
  toWireForm(draft, schema);
  return draft;
}

/** Holds an object against its kind's schema and, where we serve the kind, its rules. Kinds of others pass. */
export function wellFormed(object: KubeObject): WellFormed {
  const [group, version] = split(object.apiVersion);
  const row = rowForKind(group, version, object.kind);
  const id = schemaIdOf(object);
  const schema = id === undefined ? undefined : schemaById(id);
  if (schema === undefined) return { errors: [], warnings: [] };
  const draft = structuredClone(object);
  const { typeError, unknown } = checkObject(draft, schema);
  const warnings = unknown.map(
    (field): Because => ({
      field,
      rule: "unknown-field",
      says: "there is no such field: it would be left out",
    }),
  );
  if (typeError !== undefined) return { errors: [{ rule: "type", says: typeError }], warnings };
  if (row === undefined) return { errors: [], warnings };
  row.defaults(draft);
  const { metadata } = draft;
  if ((metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "") metadata.name = `${metadata.generateName}x`;
  row.prepareCreate(draft, { now: new Date().toISOString(), randomSuffix: () => "x" });
  const rules = {
    namespaced: row.namespaced,
    nameErrors: (name: string, prefix: boolean) => row.nameErrors(name, prefix),
    kubeFinalizers: true,
  };
  const errors = [...validateObjectMeta(metadata, rules), ...row.validateCreate(draft)].map(
    ({ field, message }): Because => ({ field, rule: "invalid", says: message }),
  );
  warnings.push(...row.warnings(draft, undefined).map((says) => ({ rule: "warning", says })));
  return { errors, warnings };
}
