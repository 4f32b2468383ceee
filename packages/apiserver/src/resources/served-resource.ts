import type { KindRow } from "@bulkhead/api";
import type { StoreKey } from "@bulkhead/store";

/** A kind as one version of it is served: its row, and where and in which form its objects are stored. */
export interface ServedResource {
  readonly row: KindRow;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly apiVersion: string;
  /** The group whose name stands in storage keys. */
  readonly storageVersion: string;
  /** Bytes of stored objects begin with this, so that lists and versions are cut without parsing. */
  readonly storedPrefix: Buffer;
  /** What this version's objects begin with. */
  readonly servedPrefix: Buffer;
  /** Items of typed lists repeat neither apiVersion nor kind; those of custom resources do. */
  readonly custom: boolean;
}

const prefix = (apiVersion: string, kind: string): Buffer =>
  Buffer.from(`{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},`);

export const apiVersionOf = (group: string, version: string): string =>
  group === "" ? version : `${group}/${version}`;

export function servedResource(
  row: KindRow,
  options: { readonly custom: boolean; readonly storageVersion?: string; readonly listKind?: string },
): ServedResource {
  const { group, version, resource, kind, namespaced } = row;
  const storageVersion = options.storageVersion ?? version;
  return {
    row,
    group,
    version,
    resource,
    kind,
    namespaced,
    listKind: options.listKind ?? `${kind}List`,
    apiVersion: apiVersionOf(group, version),
    storageVersion,
    storedPrefix: prefix(apiVersionOf(group, storageVersion), kind),
    servedPrefix: prefix(apiVersionOf(group, version), kind),
    custom: options.custom,
  };
}

export const keyOf = (resource: ServedResource, namespace: string, name: string): StoreKey => ({
  group: resource.group,
  resource: resource.resource,
  namespace: resource.namespaced ? namespace : "",
  name,
});
