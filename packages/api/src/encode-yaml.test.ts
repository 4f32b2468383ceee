import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseBody } from "./decode.ts";
import { yamlLines } from "./encode-yaml.ts";

const yaml = (value: unknown): string => [...yamlLines(value)].join("");

test("an object looks as kubectl shows it", () => {
  const pod = {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name: "web", labels: { "app.kubernetes.io/name": "web", on: "yes" }, annotations: {} },
    spec: {
      containers: [{ name: "main", image: "r.example/a:1", args: ["-x", "1", ""], ports: [] }],
      weights: [[1, 2]],
    },
    status: undefined,
  };
  expect(yaml(pod)).toBe(`apiVersion: v1
kind: Pod
metadata:
  annotations: {}
  labels:
    app.kubernetes.io/name: web
    "on": "yes"
  name: web
spec:
  containers:
  - args:
    - "-x"
    - "1"
    - ""
    image: r.example/a:1
    name: main
    ports: []
  weights:
  - - 1
    - 2
`);
});

const words = fc.constantFrom(
  "yes",
  "1e3",
  "0x1",
  "1:30",
  ".5",
  "~",
  "2001-01-01",
  "a: b",
  "a #b",
  "-",
  "\n",
  "=",
  "<<",
);

test("whatever it is, it is read again as it was, by YAML 1.1 and 1.2", () => {
  const value = fc.dictionary(
    fc.oneof(words, fc.string()).filter((key) => key !== "__proto__"),
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), words, fc.array(fc.array(words, { maxLength: 2 }), { maxLength: 2 })),
    { maxKeys: 4 },
  );
  fc.assert(
    fc.property(value, (object) => {
      // JSON has no -0.
      const wanted: unknown = JSON.parse(JSON.stringify(object));
      fc.pre(!JSON.stringify(object).includes("__proto__"));
      expect(parseBody(Buffer.from(yaml(wanted)), "yaml").value).toEqual(wanted);
      expect(parse(yaml(wanted))).toEqual(wanted);
    }),
    { numRuns: 50 },
  );
});
