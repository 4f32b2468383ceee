import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toWireForm } from "../kinds/wire-form.ts";
import { schemaOf } from "../schema-facts.ts";
import { StatusError } from "../status.ts";
import { jsonClone, jsonEqual } from "./json-equal.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { type PatchType, parsePatch, patchMediaTypes, patchObject, patchTypeOf, strictPatchError } from "./patch.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

interface Recorded {
  readonly case: string;
  readonly schema: string;
  readonly type: PatchType;
  readonly original: object;
  readonly patch: unknown;
  readonly result?: object;
  readonly error?: { readonly code: number; readonly message: string };
}

const recorded = JSON.parse(readFileSync(new URL("./fixtures/patches.json", import.meta.url), "utf8")) as Recorded[];

const bytes = (patch: unknown): Buffer => Buffer.from(typeof patch === "string" ? patch : JSON.stringify(patch));

describe("recorded patches", () => {
  it.each(recorded)("$case: $patch", ({ schema, type, original, patch, result, error }) => {
    const run = (): unknown => patchObject(jsonClone(original), parsePatch(bytes(patch), type), schemaOf(schema));
    if (error === undefined) {
      const patched = run() as object;
      toWireForm(patched, schema);
      const expected = jsonClone(result ?? {});
      toWireForm(expected, schema);
      expect(patched).toEqual(expected);
      return;
    }
    try {
      run();
      expect.unreachable("the patch should have been refused");
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(StatusError);
      expect((thrown as StatusError).code).toBe(error.code);
      expect((thrown as StatusError).message).toBe(error.message);
    }
  });

  it("are told apart by media type", () => {
    for (const [type, media] of Object.entries(patchMediaTypes)) expect(patchTypeOf(media)).toBe(type);
    expect(patchTypeOf("application/json")).toBeUndefined();
  });

  it("show themselves where strict decoding refuses the outcome", () => {
    const strategic = parsePatch(bytes({ metadata: { label: {} } }), "strategic");
    expect(strictPatchError(strategic, {}, ['unknown field "metadata.label"']).message).toBe(
      ' "" is invalid: patch: Invalid value: "map[metadata:map[label:map[]]]": strict decoding error: unknown field "metadata.label"',
    );
    const merge = parsePatch(bytes({ x: 1 }), "merge");
    expect(strictPatchError(merge, { x: 1 }, ['unknown field "x"']).message).toBe(
      ' "" is invalid: patch: Invalid value: "{\\"x\\":1}": strict decoding error: unknown field "x"',
    );
  });
});

describe("JSON patch", () => {
  const patched = (target: unknown, ...operations: object[]): unknown => applyJsonPatch(jsonClone(target), operations);

  it.each([
    [{ a: [1, 2] }, [{ op: "add", path: "/a/1", value: 9 }], { a: [1, 9, 2] }],
    [{ a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
    [{ a: 1 }, [{ op: "add", path: "", value: { b: 2 } }], { b: 2 }],
    [
      { "a/b": 1, "~c": 2 },
      [
        { op: "remove", path: "/a~1b" },
        { op: "remove", path: "/~0c" },
      ],
      {},
    ],
    [{ a: [1, 2, 3] }, [{ op: "move", from: "/a/0", path: "/a/2" }], { a: [2, 3, 1] }],
    [
      { a: { b: 1 } },
      [
        { op: "copy", from: "/a", path: "/c" },
        { op: "replace", path: "/c/b", value: 2 },
      ],
      { a: { b: 1 }, c: { b: 2 } },
    ],
    [
      { a: 1 },
      [
        { op: "test", path: "/a", value: 1 },
        { op: "test", path: "/none", value: null },
      ],
      { a: 1 },
    ],
  ])("%j patched with %j", (target, operations, expected) => {
    expect(patched(target, ...operations)).toEqual(expected);
  });

  it.each([
    [{ op: "add", path: "/x/y", value: 1 }],
    [{ op: "add", path: "/a/9", value: 1 }],
    [{ op: "add", path: "/a/01", value: 1 }],
    [{ op: "add", path: "a", value: 1 }],
    [{ op: "add", path: "/b" }],
    [{ op: "remove", path: "/toString" }],
    [{ op: "replace", path: "/b", value: 1 }],
    [{ op: "test", path: "/a/0", value: 2 }],
    [{ op: "move", from: "/c", path: "/c/d" }],
    [{ op: "add", path: "/__proto__/x", value: 1 }],
    [{ op: "jump", path: "/a" }],
  ])("%j is refused", (operation) => {
    expect(() => patched({ a: [1], c: { d: {} } }, operation)).toThrow("the server rejected our request");
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("is bounded in operations and in what copies add up to", () => {
    const test = { op: "test", path: "/a", value: 1 };
    expect(() => applyJsonPatch({ a: 1 }, Array(10_001).fill(test))).toThrow("maximum operations");
    const doubling = Array.from({ length: 200 }, () => ({ op: "copy", from: "", path: "/a/b" }));
    expect(() => applyJsonPatch({ a: {}, fill: "x".repeat(1000) }, doubling)).toThrow("accumulated size");
  });

  it("is bounded in what it moves about", () => {
    const shifts = Array.from({ length: 10_000 }, () => ({ op: "add", path: "/a/0", value: 1 }));
    expect(() => applyJsonPatch({ a: Array(100_000).fill(1) }, shifts)).toThrow("moves too many");
  });

  it("leaves the patch as it was", () => {
    const operations = [
      { op: "add", path: "/x", value: { y: 1 } },
      { op: "replace", path: "/x/y", value: 2 },
    ];
    const before = jsonClone(operations);
    expect(applyJsonPatch({}, operations)).toEqual({ x: { y: 2 } });
    expect(operations).toEqual(before);
  });
});

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => jsonClone(value));
const objects = fc.dictionary(fc.constantFrom("a", "b", "c"), json, { maxKeys: 3 });

describe("merge patch", () => {
  it("follows the laws of RFC 7386", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const merged = applyMergePatch(jsonClone(target), patch);
        // Again changes nothing; a patch that is no object replaces.
        expect(applyMergePatch(jsonClone(merged), patch)).toEqual(merged);
        if (typeof patch !== "object" || patch === null || Array.isArray(patch)) expect(merged).toEqual(patch);
      }),
    );
    fc.assert(
      fc.property(objects, (target) => {
        expect(applyMergePatch(jsonClone(target), {})).toEqual(target);
        const gone = Object.fromEntries(Object.keys(target).map((key) => [key, null]));
        expect(applyMergePatch(jsonClone(target), gone)).toEqual({});
      }),
    );
  });

  it("shares nothing with the patch", () => {
    const patch = { a: { b: [{ c: 1 }] } };
    const merged = applyMergePatch({}, patch) as typeof patch;
    merged.a.b.push({ c: 2 });
    expect(patch).toEqual({ a: { b: [{ c: 1 }] } });
  });
});

describe("strategic merge patch", () => {
  const service = schemaOf("io.k8s.api.core.v1.Service");
  const deployment = schemaOf("io.k8s.api.apps.v1.Deployment");

  it("is a merge patch where the schema has no lists to merge", () => {
    const free = schemaOf("io.k8s.api.core.v1.ConfigMap");
    const maps = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.option(fc.string(), { nil: null }), { maxKeys: 3 });
    fc.assert(
      fc.property(maps, maps, (target, patch) => {
        const strategic = applyStrategicMergePatch({ data: { ...target } }, { data: { ...patch } }, free);
        expect(strategic).toEqual(applyMergePatch({ data: { ...target } }, { data: { ...patch } }));
      }),
    );
  });

  it("merges a list by its key, once and again", () => {
    const ports = fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1 });
    fc.assert(
      fc.property(ports, ports, (there, sent) => {
        const live = { spec: { ports: there.map((port) => ({ port, name: `l${port}` })) } };
        const patch = { spec: { ports: sent.map((port) => ({ port, name: `p${port}` })) } };
        const once = applyStrategicMergePatch(jsonClone(live), patch, service) as typeof live;
        const names = new Map(once.spec.ports.map(({ port, name }) => [port, name]));
        expect(names.size).toBe(once.spec.ports.length);
        for (const port of there) expect(names.get(port)).toBe(sent.includes(port) ? `p${port}` : `l${port}`);
        for (const port of sent) expect(names.get(port)).toBe(`p${port}`);
        expect(applyStrategicMergePatch(jsonClone(once), patch, service)).toEqual(once);
      }),
    );
  });

  it("orders, replaces and deletes as told", () => {
    const live = (): object => ({
      spec: { template: { spec: { containers: [{ name: "a" }, { name: "b" }, { name: "c" }] } } },
    });
    const run = (spec: object): unknown => {
      const patched = applyStrategicMergePatch(live(), { spec: { template: { spec } } }, deployment);
      return (patched as { spec: { template: { spec: { containers: unknown } } } }).spec.template.spec.containers;
    };
    expect(run({ "$setElementOrder/containers": [{ name: "c" }, { name: "a" }] })).toEqual([
      { name: "b" },
      { name: "c" },
      { name: "a" },
    ]);
    expect(run({ containers: [{ name: "b", $patch: "delete" }] })).toEqual([{ name: "a" }, { name: "c" }]);
    expect(run({ containers: [{ $patch: "replace" }] })).toEqual([]);
    expect(() => run({ "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "z" }] })).toThrow(
      "doesn't match $setElementOrder list",
    );
  });

  it("keeps only the keys that it is told to retain", () => {
    const live = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
    expect(
      applyStrategicMergePatch(
        jsonClone(live),
        { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
        deployment,
      ),
    ).toEqual({ spec: { strategy: { type: "Recreate" } } });
    expect(() =>
      applyStrategicMergePatch(
        jsonClone(live),
        { spec: { strategy: { $retainKeys: [], type: "Recreate" } } },
        deployment,
      ),
    ).toThrow("invalid patch format of retainKeys");
  });

  it("takes long lists in one pass", () => {
    const names = Array.from({ length: 30_000 }, (_, i) => `example.com/f${i}`);
    const finalizers = (): object => ({ metadata: { finalizers: [...names] } });
    const free = schemaOf("io.k8s.api.core.v1.ConfigMap");
    expect(applyStrategicMergePatch(finalizers(), finalizers(), free)).toEqual(finalizers());
    expect(
      applyStrategicMergePatch(finalizers(), { metadata: { "$deleteFromPrimitiveList/finalizers": names } }, free),
    ).toEqual({ metadata: { finalizers: [] } });
    const ports = names.map((_, i) => ({ port: i }));
    const gone = ports.map(({ port }) => ({ port, $patch: "delete" }));
    expect(applyStrategicMergePatch({ spec: { ports } }, { spec: { ports: gone } }, service)).toEqual({
      spec: { ports: [] },
    });
  });

  it("replaces a map and drops directives from what is new", () => {
    expect(
      applyStrategicMergePatch(
        { metadata: { labels: { a: "1" } } },
        { metadata: { labels: { $patch: "replace", b: "2" } } },
        service,
      ),
    ).toEqual({ metadata: { labels: { b: "2" } } });
    expect(
      applyStrategicMergePatch({}, { spec: { ports: [{ port: 1 }, { port: 2, $patch: "delete" }], x: null } }, service),
    ).toEqual({ spec: { ports: [{ port: 1 }] } });
  });
});

describe("jsonEqual", () => {
  it("agrees with a sorted text", () => {
    const text = (value: unknown): string =>
      JSON.stringify(value, (_, v: unknown) =>
        typeof v === "object" && v !== null && !Array.isArray(v)
          ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => (x < y ? -1 : 1)))
          : v,
      );
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(jsonEqual(a, jsonClone(a))).toBe(true);
        expect(jsonEqual(a, b)).toBe(text(a) === text(b));
      }),
    );
    expect(jsonEqual({ a: undefined }, {})).toBe(true);
  });
});
