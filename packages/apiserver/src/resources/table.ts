import type { Json, JsonObject, KubeObject, ListMeta, Table } from "@bulkhead/api";
import type { Store, StoredObject } from "@bulkhead/store";
import { draftOf } from "./object-bytes.ts";
import type { ServedResource } from "./served-resource.ts";

/** What a form of an object other than its bytes is made from. */
export interface FormContext {
  readonly store: Store;
  readonly resource: ServedResource;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
  /** `includeObject` of a table: Metadata unless said. */
  readonly includeObject: "None" | "Metadata" | "Object";
}

/** The opened object, parsed for forms that need its fields. */
export const opened = (
  { store, resource }: Pick<FormContext, "store" | "resource">,
  object: StoredObject,
): KubeObject => draftOf(store, resource, object);

/** metadata alone, as `PartialObjectMetadata`. */
export const partialOf = (object: KubeObject): KubeObject => ({
  kind: "PartialObjectMetadata",
  apiVersion: "meta.k8s.io/v1",
  metadata: object.metadata,
});

type Row = Table["rows"][number];

function rowOf(context: FormContext, object: KubeObject): Row {
  const cells: Json[] = context.resource.row.table.cells(object, context.now);
  switch (context.includeObject) {
    case "None":
      return { cells, object: null as unknown as JsonObject };
    case "Metadata":
      return { cells, object: partialOf(object) as unknown as JsonObject };
    case "Object":
      return { cells, object: object as unknown as JsonObject };
  }
}

/** A server-side table. In a watch only the first one repeats the columns. */
export function tableOf(
  context: FormContext,
  objects: readonly StoredObject[],
  metadata: ListMeta,
  withColumns: boolean,
): Table {
  return tableOfParsed(
    context,
    objects.map((object) => opened(context, object)),
    metadata,
    withColumns,
  );
}

export function tableOfParsed(
  context: FormContext,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  withColumns: boolean,
): Table {
  const columns = context.resource.row.table.columns;
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: withColumns ? columns : (null as unknown as typeof columns),
    rows: objects.map((object) => rowOf(context, object)),
  };
}
