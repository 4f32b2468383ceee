import { expect, test } from "vitest";
import { builtInSchema } from "./built-in-schema.ts";
import { builtInRows, compareVersions, createRegistry } from "./registry.ts";

test("versions in the order of their age", () => {
  const versions = ["v1alpha1", "v10", "foo", "v2", "v1beta2", "v11alpha2", "v1", "v1beta10"];
  expect(versions.toSorted(compareVersions)).toEqual([
    "v10",
    "v2",
    "v1",
    "v1beta10",
    "v1beta2",
    "v11alpha2",
    "v1alpha1",
    "foo",
  ]);
});

test("kinds are found by path and by kind, and those of an owner come and go", () => {
  const registry = createRegistry(builtInRows, builtInSchema);
  const { generation } = registry;
  expect(registry.find("apps", "v1", "deployments")?.resource.kind).toBe("Deployment");
  expect(registry.findKind("", "Pod", "v1")?.resource.resource).toBe("pods");
  expect(registry.find("apps", "v1", "nonsense")).toBeUndefined();
  const pod = registry.find("", "v1", "pods");
  if (pod === undefined) throw new Error("pods are served");
  registry.replace("x", [{ ...pod, resource: { ...pod.resource, group: "x.io", resource: "things" } }]);
  expect(registry.find("x.io", "v1", "things")).toBeDefined();
  expect(registry.generation).toBeGreaterThan(generation);
  registry.replace("x", []);
  expect(registry.find("x.io", "v1", "things")).toBeUndefined();
  expect(registry.groups().map(({ group }) => group)).not.toContain("x.io");
});

test("two groups show the same events, stored once", () => {
  const registry = createRegistry(builtInRows, builtInSchema);
  const events = registry.find("events.k8s.io", "v1", "events")?.resource;
  expect([events?.storageGroup, events?.conversion === undefined]).toEqual(["", false]);
  const core = { apiVersion: "v1", kind: "Event", metadata: { name: "e" }, message: "m" };
  const shown = events?.conversion?.fromStored(core);
  expect(shown).toMatchObject({ apiVersion: "events.k8s.io/v1", note: "m" });
  expect(shown === undefined ? undefined : events?.conversion?.toStored(shown)).toEqual(core);
});
