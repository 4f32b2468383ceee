import type { Exception } from "@bulkhead/api";
import { expect, it } from "vitest";
import { exceptionState } from "./plan.ts";

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
