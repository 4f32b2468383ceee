import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BodyFormat, decodeObject, type FieldValidation, parseBody } from "./decode.ts";
import { maxBodyBytes, maxDepth, scanJson } from "./json-scan.ts";
import { duplicateKeys, jsonSyntaxError } from "./json-syntax.ts";
import type { GroupVersionKind } from "./object.ts";
import { checkObject } from "./object-check.ts";
import { schemaIdOfKind, schemaIds, schemaOf } from "./schema-facts.ts";
import { StatusError } from "./status.ts";
import { isRfc3339, rfc3339Error } from "./time-format.ts";

interface Recorded {
  readonly case: string;
  readonly kind: GroupVersionKind;
  readonly body: string;
  readonly format?: BodyFormat;
  readonly fieldValidation?: FieldValidation;
  readonly error?: string;
  readonly warnings?: readonly string[];
}

const recorded = JSON.parse(readFileSync(new URL("./fixtures/decode.json", import.meta.url), "utf8")) as Recorded[];

const configMap = { group: "", version: "v1", kind: "ConfigMap" };
const decode = (body: string | Uint8Array, kind: GroupVersionKind, more: Partial<Recorded> = {}) =>
  decodeObject(typeof body === "string" ? Buffer.from(body) : body, {
    format: more.format ?? "json",
    kind,
    schema: schemaOf(schemaIdOfKind(kind) ?? ""),
    ...(more.fieldValidation === undefined ? {} : { fieldValidation: more.fieldValidation }),
  });

describe("decodeObject", () => {
  it.each(recorded)("$case: $body", (one) => {
    const outcome = (): { error: string | undefined; warnings: readonly string[] } => {
      try {
        return { error: undefined, warnings: decode(one.body, one.kind, one).warnings };
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        expect(error.code).toBe(400);
        return { error: error.message, warnings: [] };
      }
    };
    expect(outcome()).toEqual({ error: one.error, warnings: one.warnings ?? [] });
  });

  it("takes out what the schema does not have", () => {
    const { object, warnings } = decode('{"data":{"a":"1"},"extra":{"x":1}}', configMap);
    expect(object).toEqual({ apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } });
    expect(warnings).toEqual(['unknown field "extra"']);
  });

  it("tells a hundred strict errors and no more", () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`u${i}`, i]));
    expect(decode(JSON.stringify(many), configMap).warnings).toHaveLength(100);
    const twice = Array.from({ length: 500 }, (_, i) => `"k${i}":"1","k${i}":"2"`).join(",");
    expect(decode(`{"data":{${twice}}}`, configMap).warnings).toHaveLength(100);
  });

  it("tells duplicates wherever they stand", () => {
    const { warnings } = decode('{"data":{"a":"1","a":"2"},"metadata":{"name":"x","name":"y"}}', configMap);
    expect(warnings).toEqual(['duplicate field "data.a"', 'duplicate field "metadata.name"']);
    expect(decode("data:\n  a: x\n  a: z\n", configMap, { format: "yaml" }).warnings).toEqual([
      'duplicate field "data.a"',
    ]);
  });

  it.each(['{"data":{"__proto__":"x"}}', '{"metadata":{"labels":{"\\u005f_proto__":"x"}}}', '{"x":[{"__proto__":1}]}'])(
    "refuses a key that would reach a prototype: %s",
    (body) => {
      expect(() => decode(body, configMap)).toThrow("__proto__");
      expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
    },
  );

  it("refuses what is too deep or too large before parsing it", () => {
    const deep = `{"metadata":${"[".repeat(maxDepth)}${"]".repeat(maxDepth)}}`;
    expect(() => decode(deep, configMap)).toThrow("deeper than");
    expect(() => decode("[".repeat(3_000_000), configMap)).toThrow("deeper than");
    expect(() => parseBody(Buffer.alloc(maxBodyBytes + 1, 0x20), "json")).toThrow("too large");
    expect(() => parseBody(Buffer.alloc(200 * 1024, 0x61), "yaml")).toThrow("too large");
  });

  it("refuses YAML's alias bombs and nesting", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(",")}]`,
    );
    const bomb = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]", ...levels].join("\n");
    expect(() => decode(bomb, configMap, { format: "yaml" })).toThrow("aliases");
    expect(() => decode(`x: ${"[".repeat(20_000)}`, configMap, { format: "yaml" })).toThrow(StatusError);
  });

  it("reads YAML as Go's reader does", () => {
    const body = Buffer.from("a: 2001-01-01\nb: 1:30\nn: yes\n5: x\n~: z\nd: 0777\n---\nsecond: 1\n");
    expect(parseBody(body, "yaml").value).toEqual({
      a: "2001-01-01",
      b: "1:30",
      false: true,
      "5": "x",
      "": "z",
      d: 511,
    });
  });

  it("takes a dot without a digit for text, and one with digits for a number", () => {
    const body = Buffer.from("a: [docker, build, .]\nb: [.5, 1., +.5e1, 1e3]\nc: [-., .e1, ..]\n");
    expect(parseBody(body, "yaml").value).toEqual({
      a: ["docker", "build", "."],
      b: [0.5, 1, 5, 1000],
      c: ["-.", ".e1", ".."],
    });
  });

  it("never throws anything but a Status", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom<BodyFormat>("json", "yaml"), (body, format) => {
        try {
          decode(body, configMap, { format });
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
        }
      }),
    );
  });
});

describe("jsonSyntaxError", () => {
  it.each([
    ["", "unexpected end of JSON input"],
    ['{"a": ', "unexpected end of JSON input"],
    ["{a}", "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 2}', "invalid character '2' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ["[1]x", "invalid character 'x' after top-level value"],
    ["tru3", "invalid character '3' in literal true (expecting 'e')"],
    ["-x", "invalid character 'x' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1ex", "invalid character 'x' in exponent of numeric literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ["'", "invalid character '\\'' looking for beginning of value"],
    ["\u009e", "invalid character '\\u009e' looking for beginning of value"],
  ])("%j: %s", (text, message) => {
    expect(jsonSyntaxError(text)).toBe(message);
  });

  it("finds a fault exactly where JSON.parse does", () => {
    const pieces = fc.array(
      fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', "1", "-", ".5", "e9", "true", "nul", " "),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          pieces.map((p) => p.join("")),
          fc.json(),
          fc.string(),
        ),
        (text) => {
          const parses = ((): boolean => {
            try {
              JSON.parse(text);
              return true;
            } catch {
              return false;
            }
          })();
          expect(jsonSyntaxError(text) === undefined).toBe(parses);
        },
      ),
    );
  });

  it("counts keys as the scan counts colons, unless one recurs", () => {
    expect(duplicateKeys('{"a":[{"b":1,"b":2}],"a":":"}')).toEqual(["a[0].b", "a"]);
    expect(scanJson(Buffer.from('{"a":"\\":{[","b":[1,{"c":2}]}'))).toEqual({ depth: 3, colons: 3 });
  });
});

describe("checkObject", () => {
  const pod = schemaOf("io.k8s.api.core.v1.Pod");
  const check = (spec: object): string | undefined => checkObject({ spec }, pod).typeError;

  it("speaks of types as Go's decoder does", () => {
    expect(check({ terminationGracePeriodSeconds: 1.5 })).toBe(
      "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64",
    );
    expect(check({ containers: [{ ports: [{ containerPort: 3_000_000_000 }] }] })).toBe(
      "json: cannot unmarshal number 3000000000 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
    );
    expect(check({ nodeSelector: { a: 1 } })).toBe(
      "json: cannot unmarshal number into Go struct field PodSpec.spec.nodeSelector of type string",
    );
    expect(check({ hostNetwork: "yes" })).toBe(
      "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool",
    );
    expect(check({ containers: [{ resources: { limits: { cpu: "lots" } } }] })).toContain("quantities must match");
    expect(check({ containers: [{ livenessProbe: { httpGet: { port: true } } }] })).toBe(
      "json: cannot unmarshal bool into Go value of type int32",
    );
  });

  it("names unknown fields below maps and lists", () => {
    const definition = schemaOf("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition");
    const { unknown } = checkObject(
      { spec: { versions: [{ schema: { openAPIV3Schema: { properties: { x: { bogus: 1 } } } } }] } },
      definition,
    );
    expect(unknown).toEqual(["spec.versions[0].schema.openAPIV3Schema.properties.x.bogus"]);
  });

  it("knows times", () => {
    expect(isRfc3339("2024-02-29T12:00:00.123Z")).toBe(true);
    expect(isRfc3339("2023-02-29T12:00:00Z")).toBe(false);
    expect(isRfc3339("2024-02-29")).toBe(false);
    expect(rfc3339Error("yesterday")).toBe(
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    );
  });
});

describe("schema facts", () => {
  it("all read, and refer only to what is there", () => {
    const ids = schemaIds();
    expect(ids.length).toBeGreaterThan(500);
    for (const id of ids) {
      const node = schemaOf(id);
      for (const child of node.fields.values()) expect(child.shape).toBeDefined();
      for (const key of node.listKeys) expect(node.items.child(key)).toBeDefined();
    }
  });

  it("carry lists' keys, defaults and patch strategies", () => {
    const spec = schemaOf("io.k8s.api.core.v1.PodSpec");
    const ports = spec.child("containers")?.items.child("ports");
    expect(spec.child("containers")).toMatchObject({ listType: "map", patchMerge: true, patchMergeKey: "name" });
    expect(ports).toMatchObject({ listKeys: ["containerPort", "protocol"], patchMergeKey: "containerPort" });
    expect(ports?.items.child("protocol")?.default).toBe("TCP");
    expect(schemaOf("io.k8s.api.apps.v1.DeploymentSpec").child("strategy")?.patchRetainKeys).toBe(true);
    expect(schemaOf("io.k8s.api.apps.v1.DeploymentSpec").child("selector")?.atomicMap).toBe(true);
  });
});
