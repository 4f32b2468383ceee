import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  QuantityError,
  quantityMilliValue,
  quantityValue,
  roundUpToMilli,
  subtractQuantities,
  tryParseQuantity,
} from "./quantity.ts";

describe("canonicalQuantity", () => {
  it.each([
    ["0", "0"],
    ["0.0", "0"],
    ["-0", "0"],
    ["1000m", "1"],
    ["0.5", "500m"],
    [".5", "500m"],
    ["1.", "1"],
    ["100m", "100m"],
    ["1024Mi", "1Gi"],
    ["1Gi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["1536Mi", "1536Mi"],
    ["100", "100"],
    ["1000", "1k"],
    ["1500k", "1500k"],
    ["1e3", "1e3"],
    ["1E3", "1e3"],
    ["12E", "12E"],
    ["0.1n", "1n"],
    ["-0.1n", "-1n"],
    ["1.1Ki", "1126400m"],
    ["0.5Ki", "512"],
    ["1023Ki", "1023Ki"],
    ["-1", "-1"],
    ["+2", "2"],
    ["2Ei", "2Ei"],
    ["10Ei", "9223372036854775807"],
    ["123456789012345678901234567890", "9223372036854775807"],
  ])("%s is written %s", (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected);
  });

  it("takes JSON numbers by their text", () => {
    expect(canonicalQuantity(0.25)).toBe("250m");
    expect(canonicalQuantity(2)).toBe("2");
  });

  it.each(["", "m", "Ki", "-", "1.2.3", "1 Gi", "1gi", "1mi", "0x10", "1e", "1KiB", "--1", "NaN", "1e1e1"])(
    "refuses %j",
    (text) => {
      expect(() => parseQuantity(text)).toThrow(QuantityError);
      expect(tryParseQuantity(text)).toBeUndefined();
    },
  );

  it("is bounded whatever the exponent is", () => {
    expect(canonicalQuantity("1e999999999")).toBe("9223372036854775807e0".slice(0, 19));
    expect(canonicalQuantity("1e-999999999")).toBe("1e-9");
    expect(() => parseQuantity("9".repeat(5000))).toThrow(QuantityError);
  });
});

const suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "e-3", "E6"];
const quantities = fc
  .tuple(fc.integer({ min: -100_000, max: 100_000 }), fc.nat(999), fc.constantFrom(...suffixes))
  .map(([whole, fraction, suffix]) => `${whole}.${fraction}${suffix}`);

describe("quantities as numbers", () => {
  it("write what they read", () => {
    fc.assert(
      fc.property(quantities, (text) => {
        const parsed = parseQuantity(text);
        expect(parseQuantity(formatQuantity(parsed)).nano).toBe(parsed.nano);
        expect(canonicalQuantity(canonicalQuantity(text))).toBe(canonicalQuantity(text));
      }),
    );
  });

  it("are ordered and added as such", () => {
    fc.assert(
      fc.property(quantities, quantities, (left, right) => {
        const a = parseQuantity(left);
        const b = parseQuantity(right);
        expect(compareQuantities(a, b)).toBe(-compareQuantities(b, a) + 0);
        expect(addQuantities(a, b).nano).toBe(addQuantities(b, a).nano);
        expect(subtractQuantities(addQuantities(a, b), b).nano).toBe(a.nano);
      }),
    );
  });

  it("round up to whole units and thousandths", () => {
    expect(quantityValue(parseQuantity("1500m"))).toBe(2);
    expect(quantityMilliValue(parseQuantity("0.1234"))).toBe(124);
    expect(formatQuantity(roundUpToMilli(parseQuantity("1.0001")))).toBe("1001m");
    expect(formatQuantity(roundUpToMilli(parseQuantity("-1.0001")))).toBe("-1001m");
  });
});
