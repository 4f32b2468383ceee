/**
 * core/v1 and events.k8s.io/v1 show one stored event, each with its own names for the same fields. The stored form
 * is core/v1's.
 */
import type { Event } from "../../generated/types.ts";
import type { KubeObject } from "../../object.ts";

/** events.k8s.io/v1's name of a field, and core/v1's. */
const names = [
  ["note", "message"],
  ["regarding", "involvedObject"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
] as const;

/** An Event as events.k8s.io/v1 shows it. */
export interface EventsV1Event extends KubeObject {
  eventTime?: string | null;
  series?: { count: number; lastObservedTime: string | null };
  reportingController?: string;
  reportingInstance?: string;
  action?: string;
  reason?: string;
  regarding?: Event["involvedObject"];
  related?: Event["related"];
  note?: string;
  type?: string;
  deprecatedSource?: Event["source"];
  deprecatedFirstTimestamp?: string | null;
  deprecatedLastTimestamp?: string | null;
  deprecatedCount?: number;
}

function renamed(object: object, from: 0 | 1): Record<string, unknown> {
  const other: ReadonlyMap<string, string> = new Map(names.map((pair) => [pair[from], pair[1 - from] as string]));
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) out[other.get(key) ?? key] = value;
  return out;
}

/** The stored form of an event that a client of events.k8s.io/v1 sent. */
export const eventToCore = (event: EventsV1Event): Event =>
  ({ ...renamed(event, 0), apiVersion: "v1" }) as unknown as Event;

/** A stored event as events.k8s.io/v1 shows it. */
export const eventFromCore = (event: Event): EventsV1Event =>
  ({ ...renamed(event, 1), apiVersion: "events.k8s.io/v1" }) as unknown as EventsV1Event;
