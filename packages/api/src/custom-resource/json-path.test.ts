import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileJsonPath, JsonPathError } from "./json-path.ts";

const pod = {
  metadata: { name: "p", labels: { "example.com/role": "web" } },
  spec: { containers: [{ name: "a", port: 80 }, { name: "b", port: 90 }, { name: "c" }] },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False" },
    ],
  },
};

describe("compileJsonPath", () => {
  it.each([
    [".metadata.name", ["p"]],
    ["{.metadata.name}", ["p"]],
    ["$.metadata.name", ["p"]],
    ["metadata.name", ["p"]],
    [".metadata.labels.example\\.com/role", ["web"]],
    [".metadata.labels['example.com/role']", ["web"]],
    [".spec.containers[*].name", ["a", "b", "c"]],
    [".spec.containers[0].name", ["a"]],
    [".spec.containers[-1].name", ["c"]],
    [".spec.containers[0:2].name", ["a", "b"]],
    [".spec.containers[1:].name", ["b", "c"]],
    ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
    [".status.conditions[?(@.type!='Ready')].status", ["False"]],
    [".spec.containers[?(@.port > 80)].name", ["b"]],
    [".spec.containers[?(@.port)].name", ["a", "b"]],
    ["..port", [80, 90]],
    [".none.at.all", []],
    [".metadata.name.deeper", []],
    [".constructor", []],
    ["", [pod]],
  ])("%s", (path, expected) => {
    expect(compileJsonPath(path)(pod)).toEqual(expected);
  });

  it.each([".a[", ".a[x]", ".a[?(b)]", ".a]b"])("refuses %s", (path) => {
    expect(() => compileJsonPath(path)).toThrow(JsonPathError);
  });

  it("ends, whatever the path", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from("$.@ab[]*?()'\":0-=\\")) }), (path) => {
        try {
          expect(compileJsonPath(path)(pod).length).toBeLessThan(10_001);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonPathError);
        }
      }),
    );
  });
});
