import type { KindRow, KubeObject } from "@bulkhead/api";
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
  readonly storageVersion: string;
  /** The group whose name stands in storage keys; another's where two groups show the same objects (Event). */
  readonly storageGroup: string;
  /** For a kind that shows another's objects in a form of its own. */
  readonly conversion: Conversion | undefined;
  /** Every row whose fields an object can be selected by, with the form in which that row sees it. */
  readonly views: readonly View[];
  /** Those of them that have such fields. */
  readonly selectable: readonly View[];
  /** Bytes of stored objects begin with this, so that lists and versions are cut without parsing. */
  readonly storedPrefix: Buffer;
  /** What this version's objects begin with. */
  readonly servedPrefix: Buffer;
  /** Items of typed lists repeat neither apiVersion nor kind; those of custom resources do. */
  readonly custom: boolean;
}

/** Between the stored form of an object and the form that a kind shows. Neither changes what it is given. */
export interface Conversion {
  fromStored(object: KubeObject): KubeObject;
  toStored(object: KubeObject): KubeObject;
}

export interface View {
  readonly row: KindRow;
  readonly conversion: Conversion | undefined;
}

const prefix = (apiVersion: string, kind: string): Buffer =>
  Buffer.from(`{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},`);

export const apiVersionOf = (group: string, version: string): string =>
  group === "" ? version : `${group}/${version}`;

export function servedResource(
  row: KindRow,
  options: {
    readonly custom: boolean;
    readonly storageVersion?: string;
    readonly listKind?: string;
    readonly storageGroup?: string;
    readonly conversion?: Conversion;
    readonly views?: readonly View[];
  },
): ServedResource {
  const { group, version, resource, kind, namespaced } = row;
  const storageVersion = options.storageVersion ?? version;
  const views = options.views ?? [{ row, conversion: undefined }];
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
    storageGroup: options.storageGroup ?? group,
    conversion: options.conversion,
    views,
    selectable: views.filter((view) => Object.keys(view.row.fieldSelectors).length > 0),
    storedPrefix: prefix(apiVersionOf(group, storageVersion), kind),
    servedPrefix: prefix(apiVersionOf(group, version), kind),
    custom: options.custom,
  };
}

export const keyOf = (resource: ServedResource, namespace: string, name: string): StoreKey => ({
  group: resource.storageGroup,
  resource: resource.resource,
  namespace: resource.namespaced ? namespace : "",
  name,
});
