import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeProtobuf } from "./decode.ts";

const varint = (value: bigint | number): Buffer => {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 0x80n) return Buffer.from([...bytes, low]);
    bytes.push(low | 0x80);
  }
};
const field = (number: number, value: Buffer | string | number | bigint): Buffer => {
  if (typeof value === "number" || typeof value === "bigint") return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
};
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);
const object = (apiVersion: string, kind: string, raw: Buffer): Buffer =>
  message(
    Buffer.from("k8s\0"),
    field(1, message(field(1, apiVersion), field(2, kind))),
    field(2, raw),
    field(3, ""),
    field(4, ""),
  );
const decoded = (bytes: Buffer): unknown => JSON.parse(decodeProtobuf(bytes).toString());

describe("an object in protobuf", () => {
  test("becomes its JSON: maps, bytes, and nothing of what was never set", () => {
    const metadata = message(
      field(1, "a"),
      field(2, ""),
      field(3, ""),
      field(7, 0),
      field(8, ""),
      field(11, message(field(1, "k"), field(2, "v"))),
    );
    const secret = message(
      field(1, metadata),
      field(2, message(field(1, "p"), field(2, Buffer.from([1, 2])))),
      field(3, ""),
      field(5, 0),
    );
    expect(decoded(object("v1", "Secret", secret))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a", labels: { k: "v" } },
      data: { p: "AQI=" },
      immutable: false,
    });
  });

  test("lists, embedded structs, quantities, numbers below zero, ports by name", () => {
    const limits = message(field(1, "cpu"), field(2, message(field(1, "500m"))));
    const key = message(field(1, message(field(1, "db"))), field(2, "password"));
    const env = message(field(1, "P"), field(2, ""), field(3, message(field(4, key))));
    const probe = message(
      field(1, message(field(2, message(field(1, ""), field(2, message(field(1, 1), field(2, 0), field(3, "http"))))))),
      field(2, 0),
    );
    const container = message(
      field(1, "c"),
      field(2, "i"),
      field(4, "x"),
      field(4, "y"),
      field(7, env),
      field(8, message(field(1, limits))),
      field(10, probe),
    );
    const pod = message(field(1, message(field(1, "p"))), field(2, message(field(2, container), field(5, -1n))));
    expect(decoded(object("v1", "Pod", pod))).toMatchObject({
      spec: {
        activeDeadlineSeconds: -1,
        containers: [
          {
            name: "c",
            args: ["x", "y"],
            env: [{ name: "P", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }],
            resources: { limits: { cpu: "500m" } },
            livenessProbe: { httpGet: { port: "http" } },
          },
        ],
      },
    });
  });

  test("of a kind that is not read so is 415 with the reason", () => {
    expect(() => decodeProtobuf(object("batch/v1", "Job", Buffer.alloc(0)))).toThrow(
      expect.objectContaining({ code: 415 }),
    );
  });

  test("a key named __proto__ is only ever data", () => {
    const data = message(field(1, "__proto__"), field(2, "x"));
    const text = decodeProtobuf(object("v1", "ConfigMap", message(field(2, data)))).toString();
    expect(text).toContain('"data":{"__proto__":"x"}');
    expect(({} as { x?: string }).x).toBeUndefined();
  });
});

test("bytes of any kind are refused as such, never anything worse", () => {
  const prefix = object("v1", "Pod", Buffer.alloc(0));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, plausible) => {
      const body = plausible ? object("v1", "Pod", Buffer.from(bytes)) : Buffer.concat([prefix.subarray(0, 6), bytes]);
      try {
        decodeProtobuf(body);
      } catch (error) {
        expect([400, 415]).toContain((error as { code?: number }).code);
      }
    }),
  );
});
