import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event } from "../../generated/types.ts";
import { type EventsV1Event, eventFromCore, eventToCore } from "./event-conversion.ts";
import { eventRow, eventsV1EventRow } from "./event-rows.ts";

const makeEvent = (parts: Partial<Event> = {}): Event => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e", namespace: "n" },
  involvedObject: { kind: "Pod", namespace: "n", name: "p" },
  ...parts,
});

const modern: Partial<Event> = {
  eventTime: "2026-01-01T00:00:00.000000Z",
  reportingComponent: "example.com/agent",
  reportingInstance: "agent-1",
  action: "Start",
  reason: "Started",
  type: "Normal",
};

const texts = (errors: readonly { readonly field: string; readonly message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

describe("one store, two groups", () => {
  test("each has its own names for the same fields", () => {
    const event = makeEvent({
      message: "Started container c",
      count: 2,
      firstTimestamp: "2026-01-01T00:00:00Z",
      source: { component: "agent" },
    });
    expect(eventFromCore(event)).toEqual({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: "e", namespace: "n" },
      regarding: { kind: "Pod", namespace: "n", name: "p" },
      note: "Started container c",
      deprecatedCount: 2,
      deprecatedFirstTimestamp: "2026-01-01T00:00:00Z",
      deprecatedSource: { component: "agent" },
    });
  });

  test("nothing is lost on the way there and back", () => {
    const text = fc.string({ maxLength: 8 });
    const events: fc.Arbitrary<Partial<Event>> = fc.record(
      {
        message: text,
        reason: text,
        action: text,
        reportingComponent: text,
        reportingInstance: text,
        type: text,
        count: fc.nat(),
        lastTimestamp: fc.constant("2026-01-01T00:00:00Z"),
        source: fc.record({ component: text, host: text }),
        series: fc.record({ count: fc.nat(), lastObservedTime: fc.constant("2026-01-01T00:00:00.000000Z") }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(events, (parts) => {
        const event = makeEvent(parts);
        expect(eventToCore(eventFromCore(event))).toEqual(event);
      }),
    );
  });

  test("both select by the same fields, each under its own label", () => {
    const event = makeEvent(modern);
    expect(eventRow.fieldSelectors["involvedObject.name"]?.(event)).toBe("p");
    expect(eventsV1EventRow.fieldSelectors["regarding.name"]?.(eventFromCore(event))).toBe("p");
    expect(eventsV1EventRow.fieldSelectors["reportingController"]?.(eventFromCore(event))).toBe("example.com/agent");
  });
});

describe("rules", () => {
  test("an event lives with what it is about", () => {
    expect(eventRow.validateCreate(makeEvent())).toEqual([]);
    expect(texts(eventRow.validateCreate(makeEvent({ involvedObject: { kind: "Pod", namespace: "other" } })))).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
    const aboutNode = makeEvent({ metadata: { name: "e", namespace: "default" }, involvedObject: { kind: "Node" } });
    expect(eventRow.validateCreate(aboutNode)).toEqual([]);
  });

  test("with a time of its own it says who saw what", () => {
    expect(eventRow.validateCreate(makeEvent(modern))).toEqual([]);
    const { eventTime } = modern;
    expect(texts(eventRow.validateCreate(makeEvent(eventTime === undefined ? {} : { eventTime })))).toContain(
      "reportingComponent: Required value",
    );
  });

  test("events.k8s.io/v1 takes only events with a time, and without the old fields", () => {
    const of = (parts: Partial<Event>): string[] =>
      texts(eventsV1EventRow.validateCreate(eventFromCore(makeEvent(parts)) as EventsV1Event));
    expect(of(modern)).toEqual([]);
    expect(of({ type: "Normal" })).toContain("eventTime: Required value");
    expect(of({ ...modern, count: 3 }).join()).toContain("needs to be unset");
    expect(of({ ...modern, type: "Odd" }).join()).toContain("has invalid value: Odd");
  });
});
