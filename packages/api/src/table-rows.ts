/** Server-side tables and partial metadata, as meta.k8s.io/v1 has them. */
import type { JsonObject, ListMeta } from "./generated/types.ts";
import type { TableRow } from "./kind-row.ts";
import type { KubeObject } from "./object.ts";
import type { Json, Table, TableColumnDefinition } from "./table.ts";

/** What a row carries beside its cells: nothing, metadata only, or the object. */
export type IncludeObject = "None" | "Metadata" | "Object";

export interface PartialObjectMetadata {
  readonly kind: "PartialObjectMetadata";
  readonly apiVersion: "meta.k8s.io/v1";
  readonly metadata: KubeObject["metadata"];
}

export interface PartialObjectMetadataList {
  readonly kind: "PartialObjectMetadataList";
  readonly apiVersion: "meta.k8s.io/v1";
  readonly metadata: ListMeta;
  readonly items: PartialObjectMetadata[];
}

/** An object's metadata alone. */
export const partialObjectMetadata = (object: KubeObject): PartialObjectMetadata => ({
  kind: "PartialObjectMetadata",
  apiVersion: "meta.k8s.io/v1",
  metadata: object.metadata,
});

/** The metadata of a list's objects. */
export const partialObjectMetadataList = (
  metadata: ListMeta,
  objects: readonly KubeObject[],
): PartialObjectMetadataList => ({
  kind: "PartialObjectMetadataList",
  apiVersion: "meta.k8s.io/v1",
  metadata,
  items: objects.map(partialObjectMetadata),
});

/** A table of objects. Columns are left out of all watch events but the first: pass `columns: false` there. */
export function tableOf<T extends KubeObject>(
  objects: readonly T[],
  row: TableRow<T>,
  options: {
    readonly metadata: ListMeta;
    /** Milliseconds since the epoch. */
    readonly now: number;
    readonly includeObject?: IncludeObject;
    readonly columns?: boolean;
  },
): Table {
  const include = options.includeObject ?? "Metadata";
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: options.metadata,
    columnDefinitions: options.columns === false ? [] : row.columns,
    rows: objects.map((object) => ({
      cells: row.cells(object, options.now),
      ...(include === "None" ? {} : { object: rowObject(object, include) }),
    })),
  };
}

const rowObject = (object: KubeObject, include: IncludeObject): JsonObject =>
  (include === "Object" ? object : partialObjectMetadata(object)) as unknown as JsonObject;

/** A column definition; format and description default to "", priority to 0 (shown without `-o wide`). */
export const column = (
  name: string,
  type: string,
  description: string,
  more: { readonly format?: string; readonly priority?: number } = {},
): TableColumnDefinition => ({
  name,
  type,
  format: more.format ?? "",
  description,
  priority: more.priority ?? 0,
});

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration as kubectl's AGE column prints it: `5s`, `3m20s`, `2d3h`, `3y12d`. Takes milliseconds. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return twoUnits(seconds, minute, "m", 1, "s");
  if (seconds < 3 * hour) return `${Math.trunc(seconds / minute)}m`;
  if (seconds < 8 * hour) return twoUnits(seconds, hour, "h", minute, "m");
  if (seconds < 2 * day) return `${Math.trunc(seconds / hour)}h`;
  if (seconds < 8 * day) return twoUnits(seconds, day, "d", hour, "h");
  if (seconds < 730 * day) return `${Math.trunc(seconds / day)}d`;
  if (seconds < 2920 * day) return twoUnits(seconds, 365 * day, "y", day, "d");
  return `${Math.trunc(seconds / (365 * day))}y`;
}

function twoUnits(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.trunc((seconds % large) / small);
  return `${Math.trunc(seconds / large)}${largeName}${rest === 0 ? "" : `${rest}${smallName}`}`;
}

/** The cell of an AGE column: time passed since a timestamp, `<unknown>` where there is none. */
export function ageCell(timestamp: string | null | undefined, now: number): Json {
  if (timestamp === undefined || timestamp === null) return "<unknown>";
  const then = Date.parse(timestamp);
  return Number.isNaN(then) ? "<unknown>" : humanDuration(now - then);
}
