import { describe, expect, it } from "vitest";
import * as field from "./field.ts";
import { invalid } from "./field-error.ts";
import { goJson, goQuote, goStrings, goValue } from "./go-format.ts";

describe("field errors", () => {
  it("are worded as Kubernetes words them", () => {
    const spec = field.child("spec", "a", "b");
    const texts = [
      field.required(spec),
      field.required(spec, "must be set"),
      field.invalid(field.index(spec, 0), "x\n", "must be y"),
      field.invalid(spec, -1, "must be greater than or equal to 0"),
      field.invalid(spec, true, "must be false"),
      field.invalid(spec, { z: "1", app: "a" }, "`selector` does not match template `labels`"),
      field.notSupported(spec, "ICMP", ["SCTP", "TCP"]),
      field.notSupported(spec, null, ["storage"]),
      field.duplicate(field.key("data", "a b"), "c"),
      field.forbidden(spec, "no"),
      field.tooLong(spec, 128),
      field.tooMany(spec, 11, 10),
      field.tooMany(spec, -1, 1),
      field.notFound(spec, "none"),
      field.internal(spec, "broken"),
      field.typeInvalid(spec, "string", "must be of type integer"),
    ].map((error) => `${error.field}: ${error.message}`);
    expect(texts).toEqual([
      "spec.a.b: Required value",
      "spec.a.b: Required value: must be set",
      'spec.a.b[0]: Invalid value: "x\\n": must be y',
      "spec.a.b: Invalid value: -1: must be greater than or equal to 0",
      "spec.a.b: Invalid value: true: must be false",
      'spec.a.b: Invalid value: {"app":"a","z":"1"}: `selector` does not match template `labels`',
      'spec.a.b: Unsupported value: "ICMP": supported values: "SCTP", "TCP"',
      'spec.a.b: Unsupported value: null: supported values: "storage"',
      'data[a b]: Duplicate value: "c"',
      "spec.a.b: Forbidden: no",
      "spec.a.b: Too long: may not be more than 128 bytes",
      "spec.a.b: Too many: 11: must have at most 10 items",
      "spec.a.b: Too many: must have at most 1 item",
      'spec.a.b: Not found: "none"',
      "spec.a.b: Internal error: broken",
      'spec.a.b: Invalid value: "string": must be of type integer',
    ]);
  });

  it("join in a Status, the same text once", () => {
    const error = field.required("spec.x");
    const status = invalid("apps", "Deployment", "d", [error, error]).toStatus();
    expect(status.message).toBe('Deployment.apps "d" is invalid: spec.x: Required value');
    expect(status.details?.causes).toHaveLength(2);
    expect(field.required("").field).toBe("<nil>");
  });
});

describe("Go's formats", () => {
  it("quote strings", () => {
    expect(goQuote('a "b" \\ c')).toBe('"a \\"b\\" \\\\ c"');
    expect(goQuote("\u0001\u00a0é😀\u2028")).toBe('"\\x01\\u00a0é😀\\u2028"');
  });

  it("write JSON and values", () => {
    expect(goJson({ b: "<&>", a: 1 })).toBe('{"b":"\\u003c\\u0026\\u003e","a":1}');
    expect(goValue({ b: [1, "x"], a: { c: null } })).toBe("map[a:map[c:<nil>] b:[1 x]]");
    expect(goStrings(["a", "b"])).toBe('[]string{"a", "b"}');
  });
});
