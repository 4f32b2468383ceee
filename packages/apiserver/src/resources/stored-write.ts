import type { KubeObject } from "@bulkhead/api";
import type { Put, Remove } from "@bulkhead/store";
import { storedBytes } from "./object-bytes.ts";
import { keyOf, type ServedResource } from "./served-resource.ts";

/** Shared by all that have none: there may be tens of thousands. */
const none: Readonly<Record<string, string>> = Object.freeze({});

const ownLabels = ({ labels }: KubeObject["metadata"]): Readonly<Record<string, string>> => {
  for (const _ in labels) return { ...labels };
  return none;
};

/** The fields by which the object can be selected, of every kind that shows it. */
function selectableFields(resource: ServedResource, object: KubeObject): Readonly<Record<string, string>> {
  if (resource.selectable.length === 0) return none;
  const fields: Record<string, string> = {};
  const stored = resource.conversion?.toStored(object) ?? object;
  for (const { row, conversion } of resource.selectable) {
    const shown = conversion?.fromStored(stored) ?? stored;
    for (const [label, value] of Object.entries(row.fieldSelectors)) fields[label] = value(shown);
  }
  return fields;
}

export const putOf = (resource: ServedResource, object: KubeObject, expect: number | undefined): Put => ({
  op: "put",
  key: keyOf(resource, object.metadata.namespace ?? "", object.metadata.name ?? ""),
  expect,
  bytes: (revision) => storedBytes(resource, object, revision),
  labels: ownLabels(object.metadata),
  fields: selectableFields(resource, object),
});

export const removeOf = (resource: ServedResource, object: KubeObject, expect: number | undefined): Remove => ({
  op: "remove",
  key: keyOf(resource, object.metadata.namespace ?? "", object.metadata.name ?? ""),
  expect,
  bytes: (revision) => storedBytes(resource, object, revision),
});
