import { describe, expect, test } from "vitest";
import type { Secret } from "../generated/types.ts";
import { secretRow } from "./secret.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function makeSecret(parts: Partial<Secret> = {}): Secret {
  const secret: Secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "n" }, ...parts };
  secretRow.defaults(secret);
  return secret;
}

const causes = (secret: Secret, old?: Secret): string[] =>
  (old === undefined ? secretRow.validateCreate(secret) : secretRow.validateUpdate(secret, old)).map(
    (error) => `${error.field}: ${error.message}`,
  );

describe("stringData", () => {
  test("is merged over data and never kept", () => {
    const secret = makeSecret({ data: { a: base64("old"), b: base64("kept") }, stringData: { a: "new" } });
    expect(secret.data).toEqual({ a: base64("new"), b: base64("kept") });
    expect(secret.stringData).toBeUndefined();
    expect(secret.type).toBe("Opaque");
  });

  test("may use any name that a key may have", () => {
    const stringData = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    expect(Object.keys(makeSecret({ stringData }).data ?? {}).sort()).toEqual(["__proto__", "constructor"]);
  });
});

describe("what a type demands", () => {
  test.each([
    ["kubernetes.io/tls", {}, ["data[tls.crt]: Required value", "data[tls.key]: Required value"]],
    ["kubernetes.io/basic-auth", {}, ["data[username]: Required value", "data[password]: Required value"]],
    ["kubernetes.io/basic-auth", { password: "p" }, []],
    ["kubernetes.io/ssh-auth", {}, ["data[ssh-privatekey]: Required value"]],
    ["kubernetes.io/dockerconfigjson", {}, ["data[.dockerconfigjson]: Required value"]],
    ["kubernetes.io/dockerconfigjson", { ".dockerconfigjson": "{}" }, []],
    [
      "kubernetes.io/service-account-token",
      {},
      ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
    ],
    ["example.com/own", {}, []],
    ["constructor", {}, []],
  ])("%s with %j", (type, stringData, expected) => {
    expect(causes(makeSecret({ type, stringData }))).toEqual(expected);
  });

  test("never tells what a value is", () => {
    const secret = makeSecret({
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": "hunter2" },
    });
    const text = causes(secret).join();
    expect(text).toContain("<secret contents redacted>");
    expect(text).not.toContain("hunter2");
  });
});

describe("limits", () => {
  test("keys are those of files", () => {
    expect(causes(makeSecret({ stringData: { "a/b": "x" } }))[0]).toContain("data[a/b]: Invalid value");
  });

  test("one MiB of bytes, however they are encoded", () => {
    expect(causes(makeSecret({ stringData: { a: "x".repeat(1024 * 1024) } }))).toEqual([]);
    expect(causes(makeSecret({ stringData: { a: "x".repeat(1024 * 1024), b: "y" } }))).toEqual([
      "data: Too long: may not be more than 1048576 bytes",
    ]);
  });
});

describe("updates", () => {
  test("do not change the type", () => {
    expect(causes(makeSecret({ type: "b" }), makeSecret({ type: "a" }))).toEqual([
      'type: Invalid value: "b": field is immutable',
    ]);
  });

  test("change neither an immutable Secret nor that it is one", () => {
    const old = makeSecret({ immutable: true, stringData: { a: "1" } });
    const frozen = "field is immutable when `immutable` is set";
    expect(causes(makeSecret({ stringData: { a: "2" } }), old)).toEqual([
      `immutable: Forbidden: ${frozen}`,
      `data: Forbidden: ${frozen}`,
    ]);
    const labelled = makeSecret({ immutable: true, stringData: { a: "1" } });
    labelled.metadata.labels = { a: "b" };
    expect(causes(labelled, old)).toEqual([]);
  });
});

test("its values are sealed wherever they are kept", () => {
  expect(secretRow.sealed).toBe(true);
});
