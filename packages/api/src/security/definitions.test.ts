import { expect, test } from "vitest";
import type { JSONSchemaProps } from "../generated/types.ts";
import { securityDefinitions } from "./definitions.ts";
import { reportDefinitions } from "./open-report-definitions.ts";

const schemaOf = (kind: string): JSONSchemaProps => {
  const schema = securityDefinitions.find((d) => d.spec.names.kind === kind)?.spec.versions[0]?.schema?.openAPIV3Schema;
  if (schema === undefined) throw new Error(`no definition of ${kind}`);
  return schema;
};

/** Every schema below `schema`, with its path. */
function* nodes(schema: JSONSchemaProps, path = ""): Generator<[string, JSONSchemaProps]> {
  yield [path, schema];
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* nodes(property, `${path}.${name}`);
  if (schema.items !== undefined && !Array.isArray(schema.items)) yield* nodes(schema.items, `${path}[]`);
}

test("every definition is structural: each node has a type, each name is PLURAL.GROUP", () => {
  for (const definition of [...securityDefinitions, ...reportDefinitions]) {
    expect(definition.metadata.name).toBe(`${definition.spec.names.plural}.${definition.spec.group}`);
    for (const [path, node] of nodes(definition.spec.versions[0]?.schema?.openAPIV3Schema ?? {}))
      expect([path, node.type]).not.toContain(undefined);
  }
});

test("an Exception needs everything but its value", () => {
  expect(schemaOf("Exception").properties?.["spec"]?.required).toEqual([
    "decider",
    "rule",
    "subject",
    "reason",
    "author",
    "expires",
  ]);
});

const pattern = (kind: string, path: string): RegExp => {
  for (const [at, node] of nodes(schemaOf(kind)))
    if (at === path && node.pattern !== undefined) return new RegExp(node.pattern);
  throw new Error(`no pattern at ${path}`);
};

test.each([
  ["shop/web", true],
  ["shop/*", true],
  ["*", true],
  ["a/b__c/d-e.f", true],
  ["shop/*/web", false],
  ["sh*p", false],
  ["/shop", false],
  ["shop/", false],
  ["shop//web", false],
  ["../x", false],
  ["Shop/web", false],
  ["shop/**", false],
])("repository pattern %s: %s", (value, ok) => {
  expect(pattern("ImageTrustPolicy", ".spec.allow[].repositories[]").test(value)).toBe(ok);
});

test.each([
  ["*", true],
  ["docker.io", true],
  ["localhost:5000", true],
  ["[::1]:5000", true],
  ["10.0.0.1:5000", true],
  ["https://docker.io", false],
  ["docker.io/library", false],
  ["*.io", false],
  ["docker.io:", false],
  ["a b", false],
])("registry %s: %s", (value, ok) => {
  expect(pattern("ImageTrustPolicy", ".spec.allow[].registry").test(value)).toBe(ok);
});

test.each([
  ["*", true],
  ["registry.example", true],
  ["registry.example/*", true],
  ["registry.example:5000/shop/web", true],
  ["[::1]:5000/shop/*", true],
  ["registry.example/shop/*/web", false],
  ["*/shop", false],
  ["https://registry.example/shop", false],
  ["registry.example/shop:1", false],
  ["registry.example/Shop", false],
])("image pattern %s: %s", (value, ok) => {
  expect(pattern("ImageTrustPolicy", ".spec.signatures[].images[]").test(value)).toBe(ok);
});

test.each([
  ["72h", true],
  ["14d", true],
  ["10m", true],
  ["0h", false],
  ["1.5h", false],
  ["14", false],
  ["1h30m", false],
])("duration %s: %s", (value, ok) => {
  expect(pattern("ImageTrustPolicy", ".spec.vulnerabilities.deadlines.High").test(value)).toBe(ok);
});
