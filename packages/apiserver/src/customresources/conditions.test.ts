import type { CustomResourceDefinition } from "@bulkhead/api";
import { expect, test } from "vitest";
import { conditionOf, decidedStatus, isEstablished } from "./conditions.ts";

const definition = (plural: string, kind: string, more: object = {}): CustomResourceDefinition =>
  ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: "example.com",
      scope: "Cluster",
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List`, ...more },
      versions: [],
    },
  }) as CustomResourceDefinition;

const decided = (
  one: CustomResourceDefinition,
  others: CustomResourceDefinition[] = [],
  now = "t1",
): CustomResourceDefinition => ({
  ...one,
  status: decidedStatus(one, others, now),
});

test("names that are free are accepted and establish the definition", () => {
  const first = decided(definition("things", "Thing"));
  expect(isEstablished(first)).toBe(true);
  expect(first.status?.acceptedNames).toEqual(first.spec.names);
  expect(decidedStatus(first, [], "t2")).toEqual(first.status);
});

test.each([
  ["PluralConflict", definition("things", "Other")],
  ["ShortNamesConflict", definition("others", "Other", { shortNames: ["thing"] })],
  ["KindConflict", definition("others", "Thing", { singular: "other" })],
  ["ListKindConflict", definition("others", "Other", { listKind: "ThingList" })],
])("%s keeps a definition from being served", (reason, wanted) => {
  const late = decided(wanted, [decided(definition("things", "Thing"))]);
  expect(conditionOf(late, "NamesAccepted")).toMatchObject({ status: "False", reason });
  expect(isEstablished(late)).toBe(false);
});

test("once the name is free it is accepted, and the time of the change is told", () => {
  const late = decided(definition("others", "Thing", { singular: "other" }), [decided(definition("things", "Thing"))]);
  expect(conditionOf(decided(late, [], "t2"), "NamesAccepted")).toMatchObject({
    status: "True",
    lastTransitionTime: "t2",
  });
});
