/**
 * Quantities (`100m`, `1Gi`, `12e6`) as apimachinery's resource package reads, compares and prints them. Exact: an
 * amount is a whole number of billionths, the finest that Kubernetes keeps.
 */

/** How an amount is printed. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** An amount in billionths and the suffixes that it was written with. */
export interface ParsedQuantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

export type QuantityErrorCode = "Format" | "Suffix";

/** Why a text is no quantity; the message is upstream's. */
export class QuantityError extends Error {
  readonly code: QuantityErrorCode;
  constructor(code: QuantityErrorCode) {
    super(
      code === "Format"
        ? "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        : "unable to parse quantity's suffix",
    );
    this.name = "QuantityError";
    this.code = code;
  }
}

const shape = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const exponentSuffix = /^[eE]([-+]?[0-9]+)$/;

const binary: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaryNames = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimalNames: Readonly<Record<number, string>> = {
  [-9]: "n",
  [-6]: "u",
  [-3]: "m",
  0: "",
  3: "k",
  6: "M",
  9: "G",
  12: "T",
  15: "P",
  18: "E",
};

const billion = 1_000_000_000n;
const zero: ParsedQuantity = { nano: 0n, format: "DecimalSI" };
/** Amounts are capped here, as upstream caps them: 2^63 - 1. */
const maxNano = (2n ** 63n - 1n) * billion;
/** An exponent beyond this is zero or the cap whatever its digits are; computing it would only cost memory. */
const farExponent = 1000;
const maxDigits = 1000;

interface Scale {
  readonly format: QuantityFormat;
  readonly exponent: number;
  readonly shift: bigint;
}

function scaleOf(suffix: string): Scale {
  const shift = binary[suffix];
  if (shift !== undefined && Object.hasOwn(binary, suffix)) return { format: "BinarySI", exponent: 0, shift };
  if (Object.hasOwn(decimal, suffix)) return { format: "DecimalSI", exponent: decimal[suffix] ?? 0, shift: 0n };
  const exponent = exponentSuffix.exec(suffix)?.[1];
  if (exponent === undefined) throw new QuantityError("Suffix");
  return { format: "DecimalExponent", exponent: Number(exponent), shift: 0n };
}

/**
 * Reads a quantity; a JSON number is taken as its text. Amounts finer than a billionth are rounded away from zero,
 * amounts beyond 2^63 - 1 capped. Throws QuantityError.
 */
export function parseQuantity(value: string | number): ParsedQuantity {
  const text = typeof value === "number" ? String(value) : value;
  if (text.length === 0 || text.length > maxDigits) throw new QuantityError("Format");
  const match = shape.exec(text);
  if (match === null) throw new QuantityError("Format");
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") throw new QuantityError("Format");
  const { format, exponent, shift } = scaleOf(suffix);
  const digits = BigInt(`${whole}${fraction}`) << shift;
  if (digits === 0n) return { nano: 0n, format };
  const nano = scaleToNano(digits, exponent + 9 - fraction.length);
  // Upstream keeps short decimals as they are and caps only what needs arbitrary precision.
  const exact = format !== "BinarySI" && whole.length + fraction.length <= 18 && exponent <= 18;
  const capped = nano > maxNano && !exact ? maxNano : nano;
  return {
    nano: sign === "-" ? -capped : capped,
    // Below one, binary suffixes would round: upstream shows such an amount in decimals.
    format: format === "BinarySI" && capped < billion ? "DecimalSI" : format,
  };
}

function scaleToNano(digits: bigint, power: number): bigint {
  if (power > farExponent) return maxNano + 1n;
  if (power < -farExponent - maxDigits) return 1n;
  if (power >= 0) return digits * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  const quotient = digits / divisor;
  return digits % divisor === 0n ? quotient : quotient + 1n;
}

/** As parseQuantity, with undefined instead of an error. */
export function tryParseQuantity(value: unknown): ParsedQuantity | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  try {
    return parseQuantity(value);
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

/** The canonical text, as Kubernetes prints it: no fraction, the largest suffix that keeps the number whole. */
export function formatQuantity(quantity: ParsedQuantity): string {
  const { nano, format } = quantity;
  if (nano === 0n) return "0";
  const magnitude = nano < 0n ? -nano : nano;
  if (format === "BinarySI" && magnitude >= 1024n * billion && nano % billion === 0n)
    return formatBinary(nano / billion);
  return formatDecimal(nano, format === "DecimalExponent");
}

function formatBinary(amount: bigint): string {
  let value = amount;
  let power = 0;
  while (power < binaryNames.length - 1 && value % 1024n === 0n) {
    value /= 1024n;
    power++;
  }
  return `${value}${binaryNames[power]}`;
}

function formatDecimal(nano: bigint, asExponent: boolean): string {
  let value = nano;
  let exponent = -9;
  while (exponent < 18 && value % 1000n === 0n) {
    value /= 1000n;
    exponent += 3;
  }
  if (asExponent) return exponent === 0 ? `${value}` : `${value}e${exponent}`;
  return `${value}${decimalNames[exponent]}`;
}

/** A quantity's text in canonical form (`0.5` → `500m`). Throws QuantityError. */
export const canonicalQuantity = (value: string | number): string => formatQuantity(parseQuantity(value));

/** Negative, zero or positive. */
export const compareQuantities = (a: ParsedQuantity, b: ParsedQuantity): number =>
  a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;

/** The sum, in the format of the first unless that is zero. */
export const addQuantities = (a: ParsedQuantity, b: ParsedQuantity): ParsedQuantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

/** The difference, in the format of the first unless that is zero. */
export const subtractQuantities = (a: ParsedQuantity, b: ParsedQuantity): ParsedQuantity => ({
  nano: a.nano - b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

const ceilDivide = (value: bigint, divisor: bigint): bigint => {
  const quotient = value / divisor;
  return value > 0n && value % divisor !== 0n ? quotient + 1n : quotient;
};

/** The amount in whole units, rounded up (bytes of memory). */
export const quantityValue = (quantity: ParsedQuantity): number => Number(ceilDivide(quantity.nano, billion));

/** The amount in thousandths, rounded up (CPU shares). */
export const quantityMilliValue = (quantity: ParsedQuantity): number => Number(ceilDivide(quantity.nano, 1_000_000n));

/** Rounded up to thousandths, as defaulting does with every resource list. */
export const roundUpToMilli = (quantity: ParsedQuantity): ParsedQuantity => ({
  nano:
    (quantity.nano >= 0n ? ceilDivide(quantity.nano, 1_000_000n) : -ceilDivide(-quantity.nano, 1_000_000n)) *
    1_000_000n,
  format: quantity.format,
});

/** No amount at all. */
export const zeroQuantity: ParsedQuantity = zero;
