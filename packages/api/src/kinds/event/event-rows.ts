import type { Event } from "../../generated/types.ts";
import type { TableRow } from "../../kind-row.ts";
import { nameIsDNSSubdomain } from "../../name-validation.ts";
import { ageCell } from "../../table-rows.ts";
import { column, nameColumn, wideColumn } from "../columns.ts";
import { defineRow } from "../row.ts";
import { type EventsV1Event, eventToCore } from "./event-conversion.ts";
import { validateCoreEvent, validateEventsV1Create, validateEventsV1Update } from "./event-validation.ts";

function sourceCell(event: Event): string {
  const component = event.source?.component || event.reportingComponent || "";
  const instance = event.source?.host || event.reportingInstance || "";
  return instance === "" ? component : `${component}, ${instance}`;
}

const firstOf = (...times: readonly (string | null | undefined)[]): string | null | undefined =>
  times.find((time) => time !== null && time !== undefined);

const table: TableRow<Event> = {
  columns: [
    column("Last Seen", { description: "How long ago it was last seen." }),
    column("Type", { description: "Normal or Warning." }),
    column("Reason", { description: "Why, in one word." }),
    column("Object", { description: "What it is about." }),
    wideColumn("Subobject", { description: "The part of the object that it is about." }),
    wideColumn("Source", { description: "Who reported it." }),
    column("Message", { description: "What happened." }),
    wideColumn("First Seen", { description: "How long ago it was first seen." }),
    wideColumn("Count", { description: "How often it was seen." }),
    { ...nameColumn, priority: 1 },
  ],
  cells(event, now) {
    const first = firstOf(event.firstTimestamp, event.eventTime);
    const last = firstOf(event.series?.lastObservedTime, event.lastTimestamp, first);
    const { kind = "", name = "", fieldPath = "" } = event.involvedObject;
    const target = name === "" ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
    return [
      ageCell(last, now),
      event.type ?? "",
      event.reason ?? "",
      target,
      fieldPath,
      sourceCell(event),
      (event.message ?? "").trim(),
      ageCell(first, now),
      event.series?.count ?? (event.count || 1),
      event.metadata.name ?? "",
    ];
  },
};

const selectors: Readonly<Record<string, (event: Event) => string>> = {
  "involvedObject.kind": (event) => event.involvedObject.kind ?? "",
  "involvedObject.namespace": (event) => event.involvedObject.namespace ?? "",
  "involvedObject.name": (event) => event.involvedObject.name ?? "",
  "involvedObject.uid": (event) => event.involvedObject.uid ?? "",
  "involvedObject.apiVersion": (event) => event.involvedObject.apiVersion ?? "",
  "involvedObject.resourceVersion": (event) => event.involvedObject.resourceVersion ?? "",
  "involvedObject.fieldPath": (event) => event.involvedObject.fieldPath ?? "",
  reason: (event) => event.reason ?? "",
  reportingComponent: (event) => event.reportingComponent ?? "",
  source: (event) => event.source?.component || event.reportingComponent || "",
  type: (event) => event.type ?? "",
};

export const eventRow = defineRow<Event>({
  group: "",
  version: "v1",
  kind: "Event",
  resource: "events",
  shortNames: ["ev"],
  namespaced: true,
  schema: "io.k8s.api.core.v1.Event",
  validateCreate: validateCoreEvent,
  validateUpdate: validateCoreEvent,
  createOnUpdate: true,
  fieldSelectors: selectors,
  table,
  nameErrors: nameIsDNSSubdomain,
});

/** Field labels of events.k8s.io/v1, by the label that core/v1 has for the same field. */
const renamedSelectors: Readonly<Record<string, string>> = {
  reason: "reason",
  "regarding.kind": "involvedObject.kind",
  "regarding.namespace": "involvedObject.namespace",
  "regarding.name": "involvedObject.name",
  "regarding.uid": "involvedObject.uid",
  "regarding.apiVersion": "involvedObject.apiVersion",
  "regarding.resourceVersion": "involvedObject.resourceVersion",
  "regarding.fieldPath": "involvedObject.fieldPath",
  reportingController: "reportingComponent",
  type: "type",
};

const ofCore = (label: string) => (event: EventsV1Event) => selectors[label]?.(eventToCore(event)) ?? "";

export const eventsV1EventRow = defineRow<EventsV1Event>({
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  resource: "events",
  shortNames: ["ev"],
  namespaced: true,
  schema: "io.k8s.api.events.v1.Event",
  validateCreate: (event) => validateEventsV1Create(eventToCore(event)),
  validateUpdate: (next, old) => validateEventsV1Update(eventToCore(next), eventToCore(old)),
  createOnUpdate: true,
  fieldSelectors: Object.fromEntries(Object.entries(renamedSelectors).map(([label, core]) => [label, ofCore(core)])),
  table: { columns: table.columns, cells: (event, now) => table.cells(eventToCore(event), now) },
  nameErrors: nameIsDNSSubdomain,
});
