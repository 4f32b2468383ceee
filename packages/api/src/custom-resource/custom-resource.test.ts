import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeObject } from "../decode.ts";
import { invalid } from "../field-error.ts";
import type {
  CustomResourceDefinition,
  JSONSchemaProps,
  Json,
  ManagedFieldsEntry,
  StatusCause,
} from "../generated/types.ts";
import { applyConfiguration } from "../managed-fields/apply.ts";
import type { KubeObject } from "../object.ts";
import { tableOf } from "../table-rows.ts";
import { customResourceKind, definitionWarnings } from "./custom-resource-row.ts";
import { applySchemaDefaults } from "./defaults.ts";
import { setValueAt, valueAt } from "./object-path.ts";
import { checkStructuralSchema } from "./structural-check.ts";
import { validateCustomResource } from "./validate.ts";

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")) as T;

const definition = fixture<CustomResourceDefinition>("definition");
const kindOf = (crd: CustomResourceDefinition) => {
  const version = crd.spec.versions[0];
  if (version === undefined) throw new Error("a definition has a version");
  return customResourceKind(crd, version);
};
const thing = { group: definition.spec.group, version: "v1", kind: "Thing" };
const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: () => "bcdfg" };

interface Thing extends KubeObject {
  spec?: Record<string, Json>;
  status?: Record<string, Json>;
}

function create(body: object, fieldValidation?: "Strict"): { object: Thing; warnings: readonly string[] } {
  const { row, schema } = kindOf(definition);
  const decoded = decodeObject<Thing>(Buffer.from(JSON.stringify(body)), {
    format: "json",
    kind: thing,
    schema,
    ...(fieldValidation === undefined ? {} : { fieldValidation }),
  });
  row.defaults(decoded.object);
  row.prepareCreate(decoded.object, facts);
  return decoded;
}

describe("a custom resource", () => {
  it("is defaulted and pruned", () => {
    const { object, warnings } = create({ metadata: { name: "t" }, spec: { mode: "a", unknown: 1 } });
    expect(object.spec).toEqual({ mode: "a", size: 3 });
    expect(object.metadata.generation).toBe(1);
    expect(warnings).toEqual(['unknown field "spec.unknown"']);
    expect(() => create({ metadata: { name: "t" }, spec: { size: 2, unknown: 1 } }, "Strict")).toThrow(
      'Thing in version "v1" cannot be handled as a Thing: strict decoding error: unknown field "spec.unknown"',
    );
  });

  it("keeps what its schema keeps", () => {
    const { object, warnings } = create({
      metadata: { name: "f" },
      spec: { free: { any: [1, { x: null }] }, port: "http", size: 2 },
    });
    expect(object.spec).toEqual({ free: { any: [1, { x: null }] }, port: "http", size: 2 });
    expect(warnings).toEqual([]);
  });

  it("is refused with every broken rule, as recorded", () => {
    const recorded = fixture<{ body: object; message: string; causes: StatusCause[] }>("invalid");
    const { object } = create(recorded.body);
    const status = invalid(thing.group, thing.kind, "u", kindOf(definition).row.validateCreate(object)).toStatus();
    expect(status.message).toBe(recorded.message);
    expect(status.details?.causes).toEqual(recorded.causes);
  });

  it("counts its generation by its specification", () => {
    const { row } = kindOf(definition);
    const { object: old } = create({ metadata: { name: "t" }, spec: { size: 2 } });
    const labelled: Thing = { ...old, metadata: { ...old.metadata, labels: { a: "b" } }, status: { replicas: 9 } };
    row.prepareUpdate(labelled, old, facts);
    expect(labelled.metadata.generation).toBe(1);
    expect(labelled.status).toBeUndefined();
    const larger: Thing = { ...old, metadata: { ...old.metadata }, spec: { size: 5 } };
    row.prepareUpdate(larger, old, facts);
    expect(larger.metadata.generation).toBe(2);
  });

  it("gives its status alone to the status subresource", () => {
    const { row } = kindOf(definition);
    const { object: old } = create({ metadata: { name: "t" }, spec: { size: 2 } });
    const sent: Thing = {
      ...old,
      metadata: { ...old.metadata, labels: { a: "b" } },
      spec: { size: 9 },
      status: { replicas: 4 },
    };
    row.subresources["status"]?.prepareUpdate(sent, old, facts);
    expect(sent).toEqual({ ...old, status: { replicas: 4 } });
  });

  it("is shown by its columns", () => {
    const recorded = fixture<{ columnDefinitions: object[]; cells: Json[]; spec: Record<string, Json> }>("table");
    const object: Thing = { ...thing, apiVersion: "one.example.com/v1", metadata: { name: "t" }, spec: recorded.spec };
    const table = tableOf([object], kindOf(definition).row.table, { metadata: {}, now: 0 });
    expect(table.columnDefinitions).toEqual(recorded.columnDefinitions);
    expect(table.rows[0]?.cells).toEqual(recorded.cells);
  });

  it("has a scale", () => {
    const { scale } = kindOf(definition).row;
    expect(scale?.specReplicasPath).toBe(".spec.size");
    const object: Thing = { apiVersion: "v1", kind: "Thing", metadata: {}, spec: { size: 2 } };
    setValueAt(object, ".spec.size", 4);
    setValueAt(object, ".status.replicas", 1);
    expect([valueAt(object, ".spec.size"), valueAt(object, ".status.replicas")]).toEqual([4, 1]);
    setValueAt(object, ".__proto__.polluted", 1);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("is applied by lists and sets, as recorded", () => {
    const recorded = fixture<{
      definition: CustomResourceDefinition;
      steps: Array<{ manager: string; body: object; spec: Json; managedFields: ManagedFieldsEntry[] }>;
    }>("applies");
    const { schema } = kindOf(recorded.definition);
    let live: KubeObject | undefined;
    for (const step of recorded.steps) {
      const { object } = applyConfiguration(live, step.body, {
        manager: step.manager,
        apiVersion: "two.example.com/v1",
        subresource: "",
        now: facts.now,
        schema,
        resetFields: ["status"],
        kind: "Thing",
        force: false,
      });
      expect((object as Thing).spec).toEqual(step.spec);
      expect(object.metadata.managedFields).toEqual(step.managedFields);
      object.metadata.uid = "u";
      live = object;
    }
  });

  it("says which rules are not evaluated", () => {
    expect(definitionWarnings(definition)).toEqual([
      "spec.versions[0].schema.openAPIV3Schema.properties[spec]: 2 x-kubernetes-validations not evaluated: CEL is not supported yet",
    ]);
  });
});

describe("checkStructuralSchema", () => {
  const path = "spec.validation.openAPIV3Schema";
  const texts = (schema: JSONSchemaProps): string[] =>
    checkStructuralSchema(schema, path).map((error) => `${error.field.slice(path.length)}: ${error.message}`);
  const object = (properties: Record<string, JSONSchemaProps>): JSONSchemaProps => ({ type: "object", properties });

  it.each(fixture<Array<{ schema: JSONSchemaProps; errors: StatusCause[] }>>("schemas"))(
    "finds what was recorded: $errors",
    ({ schema, errors }) => {
      expect(checkStructuralSchema(schema, path)).toEqual(errors);
    },
  );

  it("takes the schemas that definitions have", () => {
    const schema = definition.spec.versions[0]?.schema?.openAPIV3Schema ?? {};
    expect(texts(schema)).toEqual([]);
    expect(texts({ type: "object", "x-kubernetes-preserve-unknown-fields": true })).toEqual([]);
    expect(
      texts(
        object({
          value: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
          choice: {
            type: "object",
            properties: { a: { type: "string" }, b: { type: "string" } },
            oneOf: [{ required: ["a"] }, { required: ["b"], properties: { b: { minLength: 1 } } }],
          },
        }),
      ),
    ).toEqual([]);
  });

  it.each<[string, JSONSchemaProps, string[]]>([
    [
      "root",
      { type: "array", items: { type: "string" } },
      ['.type: Invalid value: "array": must be object at the root'],
    ],
    ["no items", object({ l: { type: "array" } }), [".properties[l].items: Required value: must be specified"]],
    [
      "a type under a junctor",
      object({ a: { type: "string", anyOf: [{ type: "string" }] } }),
      [".properties[a].anyOf[0].type: Forbidden: must be empty to be structural"],
    ],
    [
      "a field only a junctor has",
      object({ a: { type: "object", allOf: [{ properties: { x: { minLength: 1 } } }] } }),
      [
        ".properties[a].properties[x]: Required value: because it is defined in spec.validation.openAPIV3Schema.properties[a].allOf[0].properties[x]",
      ],
    ],
    [
      "unique items",
      object({ l: { type: "array", items: { type: "string" }, uniqueItems: true } }),
      [
        ".properties[l].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ],
    ],
    [
      "a look-behind",
      object({ s: { type: "string", pattern: "(?<=a)b" } }),
      [
        '.properties[s].pattern: Invalid value: "(?<=a)b": must be a valid regular expression, but isn\'t: error parsing regexp: invalid or unsupported Perl syntax: `(?<=`',
      ],
    ],
    [
      "a map without keys",
      object({ l: { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map" } }),
      [".properties[l].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"],
    ],
    [
      "an optional key without a default",
      object({
        l: {
          type: "array",
          items: { type: "object", properties: { k: { type: "string" } } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
        },
      }),
      [
        ".properties[l].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
      ],
    ],
    [
      "metadata with rules of its own",
      object({ metadata: { type: "object", properties: { labels: { type: "object" } } } }),
      [
        ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
      ],
    ],
    [
      "a default that would be pruned",
      object({ a: { type: "object", properties: { x: { type: "integer" } }, default: { y: 1 } } }),
      ['.properties[a].default: Invalid value: {"y":1}: must not have unknown fields'],
    ],
    [
      "an unknown type",
      object({ a: { type: "text" } }),
      [
        '.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
      ],
    ],
  ])("refuses %s", (_, schema, errors) => {
    expect(texts(schema)).toEqual(errors);
  });

  it("does not fall over a schema without end", () => {
    let schema: JSONSchemaProps = { type: "string" };
    for (let i = 0; i < 2000; i++) schema = object({ a: schema });
    expect(checkStructuralSchema(schema, path)[0]?.message).toContain("must not nest deeper");
  });
});

describe("validateCustomResource", () => {
  const texts = (value: Json, schema: JSONSchemaProps): string[] =>
    validateCustomResource({ v: value }, { type: "object", properties: { v: schema } }).map(
      (error) => `${error.field}: ${error.message}`,
    );

  it.each<[Json, JSONSchemaProps, string[]]>([
    ["x", { type: "integer" }, ['v: Invalid value: "string": v in body must be of type integer: "string"']],
    [1, { type: "number" }, []],
    [1.5, { type: "integer" }, ['v: Invalid value: "number": v in body must be of type integer: "number"']],
    [null, { type: "string" }, ['v: Invalid value: "null": v in body must be of type string: "null"']],
    [null, { type: "string", nullable: true }, []],
    ["80", { "x-kubernetes-int-or-string": true }, []],
    [
      true,
      { "x-kubernetes-int-or-string": true },
      ['v: Invalid value: "boolean": v in body must be of type integer,string: "boolean"'],
    ],
    ["abc", { type: "string", maxLength: 2 }, ["v: Too long: may not be more than 2 bytes"]],
    ["😀😀", { type: "string", maxLength: 2 }, []],
    ["a", { type: "string", minLength: 2 }, ['v: Invalid value: "a": v in body should be at least 2 chars long']],
    ["b", { type: "string", pattern: "^a" }, ["v: Invalid value: \"b\": v in body should match '^a'"]],
    [10, { type: "integer", maximum: 9 }, ["v: Invalid value: 10: v in body should be less than or equal to 9"]],
    [
      9,
      { type: "integer", maximum: 9, exclusiveMaximum: true },
      ["v: Invalid value: 9: v in body should be less than 9"],
    ],
    [
      1,
      { type: "integer", minimum: 1, exclusiveMinimum: true },
      ["v: Invalid value: 1: v in body should be greater than 1"],
    ],
    [7, { type: "integer", multipleOf: 5 }, ["v: Invalid value: 7: v in body should be a multiple of 5"]],
    [
      [1],
      { type: "array", items: { type: "integer" }, minItems: 2 },
      ["v: Invalid value: 1: v in body should have at least 2 items"],
    ],
    [[1, 2], { type: "array", items: { type: "integer" }, maxItems: 1 }, ["v: Too many: 2: must have at most 1 item"]],
    [
      { a: 1, b: 2 },
      { type: "object", additionalProperties: { type: "integer" }, maxProperties: 1 },
      ["v: Too many: 2: must have at most 1 item"],
    ],
    [
      { a: "x" },
      { type: "object", additionalProperties: { type: "integer" } },
      ['v.a: Invalid value: "string": v.a in body must be of type integer: "string"'],
    ],
    [
      "x",
      { type: "string", anyOf: [{ pattern: "^a" }, { pattern: "^b" }] },
      [
        '<nil>: Invalid value: "": "v" must validate at least one schema (anyOf)',
        "v: Invalid value: \"x\": v in body should match '^a'",
      ],
    ],
    [
      "ab",
      { type: "string", oneOf: [{ pattern: "a" }, { pattern: "b" }] },
      ['<nil>: Invalid value: "": "v" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      "a",
      { type: "string", not: { pattern: "a" } },
      ['<nil>: Invalid value: "": "v" must not validate the schema (not)'],
    ],
    ["x", { type: "string", format: "ipv4" }, ['v: Invalid value: "x": v in body must be of type ipv4: "x"']],
    ["10.0.0.0/8", { type: "string", format: "cidr" }, []],
    ["x", { type: "string", format: "made-up" }, []],
    [
      {},
      { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
      ["v.apiVersion: Required value: must not be empty", "v.kind: Required value: must not be empty"],
    ],
  ])("%j against %j", (value, schema, errors) => {
    expect(texts(value, schema)).toEqual(errors);
  });

  it("finds elements of maps that recur", () => {
    const schema: JSONSchemaProps = {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["port", "protocol"],
      items: {
        type: "object",
        properties: { port: { type: "integer" }, protocol: { type: "string", default: "TCP" } },
      },
    };
    expect(texts([{ port: 1 }, { port: 1, protocol: "TCP" }, { port: 1, protocol: "UDP" }], schema)).toEqual([
      'v[1]: Duplicate value: {"port":1,"protocol":"TCP"}',
    ]);
  });
});

describe("defaults", () => {
  it("go deep, and stand for a null that may not be", () => {
    const schema: JSONSchemaProps = {
      type: "object",
      properties: {
        list: { type: "array", items: { type: "object", properties: { a: { type: "integer", default: 1 } } } },
        map: {
          type: "object",
          additionalProperties: { type: "object", properties: { b: { type: "string", default: "x" } } },
        },
        gone: { type: "object", properties: { c: { type: "string", default: "never" } } },
        made: { type: "object", default: {}, properties: { d: { type: "boolean", default: false } } },
        nothing: { type: "string", nullable: true, default: "z" },
      },
    };
    const value = { list: [{}, { a: 2 }], map: { k: {} }, made: null, nothing: null };
    applySchemaDefaults(value, schema);
    expect(value).toEqual({ list: [{ a: 1 }, { a: 2 }], map: { k: { b: "x" } }, made: { d: false }, nothing: null });
    const again = { list: [], made: { d: true } };
    applySchemaDefaults(again, schema);
    expect(again).toEqual({ list: [], made: { d: true }, nothing: "z" });
  });
});
