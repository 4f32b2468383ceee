import { expect, it } from "vitest";
import { type Findings, namespaceConditions } from "./conditions.ts";

const nothing: Findings = { undiscovered: [], failures: [], remaining: new Map(), finalizers: new Map() };
const now = Date.parse("2026-01-01T00:00:00Z");

it("says in upstream's words what is left and what holds it", () => {
  const findings = {
    ...nothing,
    remaining: new Map([
      ["pods.", 2],
      ["configmaps.", 1],
    ]),
    finalizers: new Map([["example.com/hold", 1]]),
  };
  const conditions = namespaceConditions([], findings, now) ?? [];
  expect(conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
    "NamespaceDeletionDiscoveryFailure=False",
    "NamespaceDeletionGroupVersionParsingFailure=False",
    "NamespaceDeletionContentFailure=False",
    "NamespaceContentRemaining=True",
    "NamespaceFinalizersRemaining=True",
  ]);
  expect(conditions[3]?.message).toBe(
    "Some resources are remaining: configmaps. has 1 resource instances, pods. has 2 resource instances",
  );
  expect(conditions[4]?.message).toBe(
    "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
  );
});

it("writes nothing when it would say the same, and keeps the time of what did not turn", () => {
  const first = namespaceConditions([], { ...nothing, remaining: new Map([["pods.", 2]]) }, now) ?? [];
  expect(namespaceConditions(first, { ...nothing, remaining: new Map([["pods.", 2]]) }, now + 5_000)).toBeUndefined();
  const next = namespaceConditions(first, { ...nothing, remaining: new Map([["pods.", 1]]) }, now + 5_000);
  expect(next?.[3]).toMatchObject({ status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" });
  const done = namespaceConditions(next ?? [], nothing, now + 9_000);
  expect(done?.[3]).toMatchObject({ status: "False", lastTransitionTime: "2026-01-01T00:00:09Z" });
});
