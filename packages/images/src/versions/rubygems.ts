import { type Digits, digits, order, orderDigits, type VersionOrder } from "./version-order.ts";

/** A gem version's segments, trailing zeros of its numbers and of its pre-release part left out. */
export type GemVersion = readonly (string | Digits)[];

const pattern = /^([0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?$/;

/** Gem::Version of RubyGems. */
export const rubygems: VersionOrder<GemVersion> = {
  parse(text) {
    const trimmed = text.trim();
    if (!pattern.test(trimmed)) return undefined;
    const plain = trimmed === "" ? "0" : trimmed.replaceAll("-", ".pre.");
    const segments = (plain.match(/[0-9]+|[a-z]+/gi) ?? []).map((part) => (/^\d/.test(part) ? digits(part) : part));
    const word = segments.findIndex((segment) => typeof segment === "string");
    const split = word < 0 ? segments.length : word;
    return [...withoutZeros(segments.slice(0, split)), ...withoutZeros(segments.slice(split))];
  },
  compare(a, b) {
    const length = Math.max(a.length, b.length);
    for (let i = 0; i < length; i++) {
      const left = a[i] ?? 0;
      const right = b[i] ?? 0;
      if (left === right) continue;
      if (typeof left === "string") return typeof right === "string" ? order(left, right) : -1;
      if (typeof right === "string") return 1;
      const result = orderDigits(left, right);
      if (result !== 0) return result;
    }
    return 0;
  },
};

function withoutZeros(segments: (string | Digits)[]): (string | Digits)[] {
  let end = segments.length;
  while (end > 0 && segments[end - 1] === 0) end--;
  return segments.slice(0, end);
}
