/** Whatever a client may send that decodes, a row answers; it never throws, and its defaults are settled at once. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../object.ts";
import { wireFacts } from "./generated/wire-facts.ts";
import { kindRows } from "./index.ts";

const words = [
  "a",
  "",
  "Bad_Name",
  "web",
  "10.0.0.1",
  "::1",
  "x/y",
  "../z",
  "None",
  "Always",
  "Localhost",
  "Exists",
  "In",
  "constructor",
  "__proto__",
];
const texts = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 12 }));
const amounts = fc.constantFrom("0", "100m", "1", "-1", "1Gi", "0.5", "1e3", "1.5Ki");
const times = fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T01:00:00.5+01:00");

/** Values that a field of a code (`?[]string`) decodes from. */
function valuesOf(code: string, depth: number): fc.Arbitrary<unknown> {
  const type = code.replace(/^[?~*]+/, "");
  if (type.startsWith("[]")) return fc.array(valuesOf(type.slice(2), depth - 1), { maxLength: depth > 0 ? 2 : 0 });
  if (type.startsWith("{}")) return fc.dictionary(texts, valuesOf(type.slice(2), depth - 1), { maxKeys: 2 });
  switch (type) {
    case "string":
      return texts;
    case "int":
      return fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constantFrom(80, 70000, 4096));
    case "bool":
      return fc.boolean();
    case "bytes":
      return fc.constantFrom("", "YQ==", "bm90anNvbg==");
    case "time":
    case "micro":
      return times;
    case "quantity":
      return amounts;
    case "intstr":
      return fc.oneof(fc.integer({ min: -1, max: 90 }), fc.constantFrom("25%", "x%", "http"));
    case "x":
      return fc.constantFrom({}, { type: "object" });
    default:
      return objectsOf(type, depth - 1);
  }
}

/** Objects of a schema with some of its fields, and a null here and there. */
function objectsOf(schema: string, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(wireFacts[schema] ?? {});
  const shape = Object.fromEntries(
    fields.map(([key, code]) => [
      key,
      depth < 0 ? fc.constant(null) : fc.option(fc.memo(() => valuesOf(code, depth))(1), { freq: 8, nil: null }),
    ]),
  );
  return fc.record(shape, { requiredKeys: [] });
}

const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: (): string => "bcdfg" };
const depth = 5;

const named = (object: Record<string, unknown>): KubeObject => {
  const { metadata } = object;
  const given = typeof metadata === "object" && metadata !== null ? metadata : {};
  return { ...object, apiVersion: "v1", kind: "Any", metadata: { ...given, name: "a" } } as KubeObject;
};

describe("any object that decodes", () => {
  test.each(kindRows.map((row) => [row.resource, row] as const))("%s", (_name, row) => {
    const objects = objectsOf(row.schema, depth).map(named);
    fc.assert(
      fc.property(objects, objects, (old, next) => {
        row.defaults(old);
        const again = structuredClone(old);
        row.defaults(again);
        expect(again).toEqual(old);
        row.prepareCreate(old, facts);
        row.validateCreate(old);
        row.warnings(old, undefined);
        row.defaults(next);
        const draft = structuredClone(next);
        row.prepareUpdate(draft, old, facts);
        row.validateUpdate(draft, old);
        row.warnings(draft, old);
        for (const strategy of Object.values(row.subresources)) {
          const part = structuredClone(next);
          strategy.prepareUpdate(part, old, facts);
          strategy.validateUpdate(part, old);
        }
        row.scale?.selector(draft);
        row.gracePeriod(draft, undefined);
        for (const select of Object.values(row.fieldSelectors)) select(draft);
        expect(row.table.cells(draft, 0)).toHaveLength(row.table.columns.length);
      }),
      { numRuns: 40 },
    );
  });
});
