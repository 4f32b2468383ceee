import type { Exception } from "@bulkhead/api";
import { describe, expect, it } from "vitest";
import { exceptionConditions, exceptionState } from "./plan.ts";

const exception = (expires: string): Exception => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { name: "e" },
  spec: { decider: "image", rule: "registry", subject: { kind: "Pod", name: "p" }, reason: "r", author: "a", expires },
});
const now = Date.parse("2026-01-01T00:00:00Z");

it.each([
  ["2026-01-09T00:00:00Z", "in-force"],
  ["2026-01-02T00:00:00Z", "expiring"],
  ["2026-01-01T00:00:01Z", "expiring"],
  ["2026-01-01T00:00:00Z", "expired"],
  ["2025-01-01T00:00:00Z", "expired"],
  ["soon", "expired"],
])("an exception that ends %s is %s", (expires, kind) => {
  expect(exceptionState(exception(expires), now).kind).toBe(kind);
});

describe("conditions", () => {
  const after = (before: Exception, at: number): Exception => {
    const conditions = exceptionConditions(before, at);
    return conditions === undefined ? before : { ...before, status: { conditions } };
  };
  const shown = (e: Exception): unknown =>
    e.status?.conditions?.map(({ type, status, reason, lastTransitionTime }) => [
      type,
      status,
      reason,
      lastTransitionTime,
    ]);
  const valid = (expires: string): Exception => {
    const made = exception(expires);
    return { ...made, metadata: { ...made.metadata, namespace: "n", generation: 2 } };
  };

  it("say that it holds, then that it ended; a time moves when its status does", () => {
    const [first, later, end] = ["2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-04T12:00:00Z"].map(
      Date.parse,
    );
    const held = after(valid("2026-01-04T12:00:00Z"), first ?? 0);
    expect(shown(held)).toEqual([
      ["Active", "True", "InForce", "2026-01-01T00:00:00Z"],
      ["Expired", "False", "NotYet", "2026-01-01T00:00:00Z"],
    ]);
    expect(held.status?.conditions?.[0]?.observedGeneration).toBe(2);
    expect(exceptionConditions(held, (first ?? 0) + 1000)).toBeUndefined();
    const ending = after(held, later ?? 0);
    expect(shown(ending)).toEqual([
      ["Active", "True", "EndsSoon", "2026-01-01T00:00:00Z"],
      ["Expired", "False", "NotYet", "2026-01-01T00:00:00Z"],
    ]);
    expect(shown(after(ending, end ?? 0))).toEqual([
      ["Active", "False", "Expired", "2026-01-04T12:00:00Z"],
      ["Expired", "True", "Expired", "2026-01-04T12:00:00Z"],
    ]);
  });

  it("say so when the deciders make nothing of it", () => {
    const made = valid("2026-01-04T00:00:00Z");
    const other = after({ ...made, spec: { ...made.spec, subject: { kind: "Namespace", name: "other" } } }, now);
    expect(other.status?.conditions?.[0]).toMatchObject({
      status: "False",
      reason: "LiftsNothing",
      message: expect.stringContaining("another namespace"),
    });
  });

  it("keep what others wrote beside them", () => {
    const mine = {
      type: "Reviewed",
      status: "True",
      reason: "R",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const reviewed = after({ ...valid("2026-01-04T00:00:00Z"), status: { conditions: [mine] } }, now);
    expect(reviewed.status?.conditions?.map((c) => c.type)).toEqual(["Reviewed", "Active", "Expired"]);
  });
});
