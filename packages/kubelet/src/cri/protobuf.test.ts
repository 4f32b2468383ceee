import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, message, ProtobufError, repeated, stringMap } from "./protobuf.ts";
import { signals } from "./schema.ts";

const Inner = message({ id: [1, "string"], size: [2, "int64"] });
const Sample = message({
  text: [1, "string"],
  yes: [2, "bool"],
  small: [3, "int32"],
  large: [4, "uint64"],
  inner: [5, Inner],
  inners: [6, repeated(Inner)],
  numbers: [7, repeated("int64")],
  map: [8, stringMap],
  bytes: [9, "bytes"],
});

describe("protobuf", () => {
  test("writes what protoc writes", () => {
    const bytes = encode(Sample, { text: "hi", small: -1, inner: { id: "a" }, numbers: [1, 300] });
    expect(bytes.toString("hex")).toBe("0a02686918ffffffffffffffffff012a030a01613801" + "38ac02");
  });
  test("leaves zero values out, and gives them back", () => {
    expect(encode(Sample, { text: "", yes: false, small: 0, inners: [], map: {} })).toHaveLength(0);
    const empty = decode(Sample, Buffer.alloc(0));
    expect(empty).toMatchObject({ text: "", yes: false, small: 0, inners: [], map: {}, numbers: [] });
    expect(empty.inner).toBeUndefined();
  });
  test("reads packed and unpacked numbers alike, and skips what it does not know", () => {
    expect(decode(Sample, Buffer.from("3a0301ac02", "hex")).numbers).toEqual([1, 300]);
    expect(decode(Sample, Buffer.from("380138ac02", "hex")).numbers).toEqual([1, 300]);
    expect(decode(Sample, Buffer.from("a006017a0161f90600000000000000000a0168", "hex")).text).toBe("h");
  });
  test("reads back what it wrote", () => {
    const safe = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });
    const inner = fc.record({ id: fc.string(), size: safe });
    const record = fc.record({
      text: fc.string({ unit: "grapheme" }),
      yes: fc.boolean(),
      small: fc.integer(),
      large: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      inner,
      inners: fc.array(inner),
      numbers: fc.array(safe),
      map: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
    });
    fc.assert(
      fc.property(record, (value) => {
        expect(decode(Sample, encode(Sample, value))).toEqual({ ...value, bytes: new Uint8Array() });
      }),
    );
  });
  test("never runs away on hostile bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decode(Sample, Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }),
    );
  });
  test("signals stand at CRI's numbers", () => {
    const at = {
      SIGKILL: 13,
      SIGTERM: 23,
      SIGUSR1: 29,
      SIGRTMIN: 35,
      "SIGRTMIN+15": 50,
      "SIGRTMAX-1": 64,
      SIGRTMAX: 65,
    };
    for (const [name, number] of Object.entries(at)) expect(signals.indexOf(name)).toBe(number);
  });
});
