import type { Json, JsonObject, ListMeta } from "./generated/types.ts";

export type { Json };

/** A column of a server-side table (meta.k8s.io/v1). */
export interface TableColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** A server-side table as kubectl asks for it. */
export interface Table {
  kind: "Table";
  apiVersion: "meta.k8s.io/v1";
  metadata: ListMeta;
  columnDefinitions: readonly TableColumnDefinition[];
  rows: Array<{ cells: Json[]; object?: JsonObject }>;
}
