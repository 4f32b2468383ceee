/** metadata.managedFields as sets by manager, and back: who manages what, and in which order it is written. */
import type { JsonObject, ManagedFieldsEntry } from "../generated/types.ts";
import { type FieldSet, type Fields, isFieldSet, union } from "./field-set.ts";

/** One manager's entry. A manager is told apart by name, operation, subresource and, for updates, version. */
export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Managers by identity. */
export type Managers = Map<string, Manager>;

/** Update entries that are kept apart; older ones become one. */
export const maxUpdateManagers = 10;
/** Who stands for the update entries that became one. */
const ancientChanges = "ancient-changes";

/** Which entries are the same manager's. An applier stays the same when it comes with another version. */
export const managerIdentity = (manager: Omit<Manager, "time" | "fields">): string =>
  `${manager.operation}\n${manager.manager}\n${manager.subresource}\n${manager.operation === "Apply" ? "" : manager.apiVersion}`;

/** The entries as managers; undefined when one of them is malformed, as upstream then passes over all of them. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const out: Managers = new Map();
  for (const entry of entries ?? []) {
    const { operation, apiVersion = "", fieldsType } = entry;
    const fields: unknown = entry.fieldsV1 ?? {};
    if ((operation !== "Apply" && operation !== "Update") || apiVersion === "" || fieldsType !== "FieldsV1") {
      return undefined;
    }
    if (!isFieldSet(fields)) return undefined;
    const manager: Manager = {
      manager: entry.manager ?? "",
      operation,
      apiVersion,
      subresource: entry.subresource ?? "",
      time: entry.time,
      fields: isEmpty(fields) ? undefined : fields,
    };
    out.set(managerIdentity(manager), manager);
  }
  return out;
}

function isEmpty(fields: Fields): boolean {
  for (const _ in fields) return false;
  return true;
}

const seconds = (time: string | undefined): number => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000));

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Appliers first, then the oldest. */
const inOrder = (a: Manager, b: Manager): number =>
  compareText(a.operation, b.operation) ||
  seconds(a.time) - seconds(b.time) ||
  compareText(a.manager, b.manager) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource);

/** The managers as entries, in upstream's order; undefined when there are none. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(inOrder).map((manager) => ({
    manager: manager.manager,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: "FieldsV1",
    fieldsV1: (manager.fields ?? {}) as unknown as JsonObject,
    ...(manager.subresource === "" ? {} : { subresource: manager.subresource }),
  }));
}

/** Merges the oldest update entries of a version into one until no more than maxUpdateManagers are left. */
export function capManagers(managers: Managers): void {
  let updaters = 0;
  for (const manager of managers.values()) if (manager.operation === "Update") updaters++;
  if (updaters <= maxUpdateManagers) return;
  const oldest = [...managers]
    .filter(([, manager]) => manager.operation === "Update")
    .sort(([, a], [, b]) => seconds(a.time) - seconds(b.time));
  const firstOf = new Map<string, string>();
  for (const [identity, manager] of oldest) {
    if (updaters <= maxUpdateManagers) return;
    const { apiVersion } = manager;
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, identity);
      continue;
    }
    const bucket = { manager: ancientChanges, operation: "Update", apiVersion, subresource: "" } as const;
    const bucketIdentity = managerIdentity(bucket);
    const before = managers.get(bucketIdentity) ?? managers.get(first);
    if (!managers.has(bucketIdentity)) managers.delete(first);
    managers.delete(identity);
    managers.set(bucketIdentity, { ...bucket, fields: union(before?.fields, manager.fields), time: manager.time });
    updaters--;
  }
}
