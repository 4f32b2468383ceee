import type { KubeObject } from "@bulkhead/api";
import type { Store, StoredObject, StoreEvent } from "@bulkhead/store";
import { type ListOptions, selects } from "./list-options.ts";
import { joined, servedBytes } from "./object-bytes.ts";
import type { ServedResource } from "./served-resource.ts";
import { partialOf, tableOfParsed } from "./table.ts";

export type WatchForm = "object" | "partial" | "table";
export type WatchType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

/** What a change is in the eyes of a watcher with these selectors; undefined: nothing that it would see. */
export function typeFor(event: StoreEvent, options: ListOptions): "ADDED" | "MODIFIED" | "DELETED" | undefined {
  const before = event.previous !== undefined && selects(options, event.previous);
  const after = event.current !== undefined && selects(options, event.current);
  if (after) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}

/** The bytes a watcher is shown: the new state, or the last one under the revision of its leaving. */
function bytesOf(event: StoreEvent, type: WatchType): { readonly bytes: Uint8Array; readonly restamp: boolean } {
  if (event.current === undefined) return { bytes: event.last ?? new Uint8Array(), restamp: false };
  if (type !== "DELETED") return { bytes: event.current.bytes, restamp: false };
  // It left the selection: the watcher gets what it knew, under the revision of the change.
  return { bytes: event.previous?.bytes ?? event.current.bytes, restamp: true };
}

const newline = Buffer.from("}\n");
const heads = new Map<WatchType, Buffer>(
  (["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"] as const).map((type) => [
    type,
    Buffer.from(`{"type":"${type}","object":`),
  ]),
);

const frame = (type: WatchType, body: Iterable<Uint8Array>): Uint8Array =>
  joined([heads.get(type) as Buffer, ...body, newline]);

const frameJson = (type: WatchType, object: unknown): Uint8Array => frame(type, [Buffer.from(JSON.stringify(object))]);

/** Bytes of lines that are kept: watchers that keep up ask for the same few within a moment. */
const sharedBytes = 1024 * 1024;

/** Serialised events, shared by all watchers of one form. */
let shared = new WeakMap<StoreEvent, Map<string, Uint8Array>>();
let held = 0;

export interface EventContext {
  readonly store: Store;
  readonly resource: ServedResource;
  readonly form: WatchForm;
  readonly includeObject: "None" | "Metadata" | "Object";
}

/** An event as one line of the stream, serialised once for all who watch alike. Tables are made per watcher: ages differ. */
export function eventLine(context: EventContext, event: StoreEvent, type: WatchType, firstTable: boolean): Uint8Array {
  const make = (): Uint8Array => {
    const { bytes, restamp } = bytesOf(event, type);
    const open = context.store.open({ key: event.key, bytes });
    if (context.form === "object" && !restamp) return frame(type, servedBytes(context.resource, open));
    const object = shownForm(context, open);
    if (restamp) object.metadata.resourceVersion = String(event.revision);
    return formLine(context, object, type, firstTable);
  };
  // Opened secrets are kept nowhere.
  if (context.form === "table" || context.resource.row.sealed) return make();
  const key = `${context.form} ${type} ${context.resource.apiVersion}`;
  let lines = shared.get(event);
  if (lines === undefined) shared.set(event, (lines = new Map()));
  let line = lines.get(key);
  if (line === undefined) {
    lines.set(key, (line = make()));
    held += line.length;
    if (held > sharedBytes) {
      shared = new WeakMap();
      held = 0;
    }
  }
  return line;
}

/** One object of the initial state as an ADDED event. */
export function addedLine(context: EventContext, object: StoredObject, firstTable: boolean): Uint8Array {
  const open = context.store.open(object);
  if (context.form === "object") return frame("ADDED", servedBytes(context.resource, open));
  return formLine(context, shownForm(context, open), "ADDED", firstTable);
}

function shownForm({ resource }: EventContext, bytes: Uint8Array): KubeObject {
  const object = JSON.parse(Buffer.from(bytes).toString()) as KubeObject;
  return resource.conversion?.fromStored(object) ?? object;
}

function formLine(context: EventContext, object: KubeObject, type: WatchType, firstTable: boolean): Uint8Array {
  const { resource } = context;
  object.apiVersion = resource.apiVersion;
  switch (context.form) {
    case "object":
      return frameJson(type, object);
    case "partial":
      return frameJson(type, partialOf(object));
    case "table":
      return frameJson(
        type,
        tableOfParsed(
          { ...context, now: Date.now() },
          [object],
          { resourceVersion: object.metadata.resourceVersion },
          firstTable,
        ),
      );
  }
}

/** A bookmark: everything up to this revision was told. `initialEnd` closes the initial state of a watch-list. */
export function bookmarkLine(context: EventContext, revision: number, initialEnd: boolean): Uint8Array {
  const { resource } = context;
  const metadata = {
    resourceVersion: String(revision),
    ...(initialEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
  };
  if (context.form === "partial")
    return frameJson("BOOKMARK", { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata });
  const object = { kind: resource.kind, apiVersion: resource.apiVersion, metadata } as unknown as KubeObject;
  if (context.form === "object") return frameJson("BOOKMARK", object);
  return frameJson("BOOKMARK", {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: String(revision) },
    columnDefinitions: null,
    rows: [{ cells: [], object }],
  });
}

export const errorLine = (status: unknown): Uint8Array => frameJson("ERROR", status);
