import { expect, test } from "vitest";
import type { ConfigMap } from "../generated/types.ts";
import { configMapRow, maxDataBytes } from "./config-map.ts";

const makeConfigMap = (parts: Partial<ConfigMap> = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", namespace: "n" },
  ...parts,
});

const causes = (next: ConfigMap, old?: ConfigMap): string[] =>
  (old === undefined ? configMapRow.validateCreate(next) : configMapRow.validateUpdate(next, old)).map(
    (error) => `${error.field}: ${error.message}`,
  );

test("a key stands once, in data or in binaryData", () => {
  expect(causes(makeConfigMap({ data: { a: "x" }, binaryData: { a: "eA==" } }))).toEqual([
    'data[a]: Invalid value: "a": duplicate of key present in binaryData',
  ]);
});

test("a key is no path", () => {
  for (const key of ["..", "a/b", ""]) expect(causes(makeConfigMap({ data: { [key]: "x" } }))).not.toEqual([]);
});

test("all values together have one MiB, counted in bytes", () => {
  const half = maxDataBytes / 2;
  const binaryData = { b: Buffer.alloc(half).toString("base64") };
  expect(causes(makeConfigMap({ data: { a: "é".repeat(half / 2) }, binaryData }))).toEqual([]);
  expect(causes(makeConfigMap({ data: { a: `${"é".repeat(half / 2)}!` }, binaryData }))).toHaveLength(1);
});

test("an immutable one stays as it is, and stays immutable", () => {
  const old = makeConfigMap({ immutable: true, data: { a: "1" } });
  expect(causes(makeConfigMap({ data: { a: "2" } }), old).map((cause) => cause.split(":")[0])).toEqual([
    "immutable",
    "data",
  ]);
  expect(causes(makeConfigMap({ immutable: true, data: { a: "2" } }), makeConfigMap())).toEqual([]);
});
