import fc from "fast-check";
import { expect, test } from "vitest";
import {
  mergeRanges,
  overlaps,
  parseAddress,
  parseCidr,
  printAddress,
  printRange,
  subtractRanges,
} from "./addresses.ts";

const small = fc
  .tuple(fc.nat(60), fc.nat(12))
  .map(([from, length]) => ({ from: BigInt(from), to: BigInt(from + length) }));
const has = (ranges: readonly { from: bigint; to: bigint }[], n: number): boolean =>
  ranges.some((r) => r.from <= BigInt(n) && BigInt(n) <= r.to);

test.each(["0.0.0.0", "10.201.0.7", "255.255.255.255"])("IPv4 %s reads and prints the same", (text) => {
  expect(printAddress(parseAddress(text) ?? -1n, 4)).toBe(text);
});

test.each(["::", "::1", "fd00:ec2::254", "2001:db8:0:1:1:1:1:1", "2001:db8::1:0:0:1", "fe80::1", "1:2:3:4:5:6:7:8"])(
  "IPv6 %s reads and prints the same",
  (text) => {
    expect(printAddress(parseAddress(text) ?? -1n, 6)).toBe(text);
  },
);

test.each([
  "",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.-4",
  ":::",
  "1::2::3",
  "12345::",
  "1:2:3:4:5:6:7",
  "g::",
])("%s is no address", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test("a CIDR is its first to its last address; nonsense is none", () => {
  expect(printRange(parseCidr("10.1.2.3/16") ?? { from: 0n, to: 0n }, 4)).toBe("10.1.0.0-10.1.255.255");
  expect(printRange(parseCidr("10.1.2.3") ?? { from: 0n, to: 0n }, 4)).toBe("10.1.2.3");
  expect(printRange(parseCidr("fd00::/126") ?? { from: 0n, to: 0n }, 6)).toBe("fd00::-fd00::3");
  for (const text of ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/a", "10.0.0.0/8/8", "fd00::/129"]) {
    expect([text, parseCidr(text)]).toEqual([text, undefined]);
  }
});

test("merged ranges hold the same numbers, in order, and neither overlap nor touch", () => {
  fc.assert(
    fc.property(fc.array(small), (ranges) => {
      const merged = mergeRanges(ranges);
      for (let n = 0; n <= 75; n++) expect(has(merged, n)).toBe(has(ranges, n));
      for (let i = 1; i < merged.length; i++)
        expect((merged[i]?.from ?? 0n) > (merged[i - 1]?.to ?? 0n) + 1n).toBe(true);
    }),
  );
});

test("subtracting leaves what is in the one and not in the other", () => {
  fc.assert(
    fc.property(fc.array(small), fc.array(small), (ranges, except) => {
      const left = subtractRanges(ranges, except);
      for (let n = 0; n <= 75; n++) expect(has(left, n)).toBe(has(ranges, n) && !has(except, n));
    }),
  );
});

test("ranges overlap when they share a number", () => {
  fc.assert(
    fc.property(small, small, (a, b) => {
      const shared = Array.from({ length: 80 }, (_, n) => has([a], n) && has([b], n)).includes(true);
      expect(overlaps(a, b)).toBe(shared);
    }),
  );
});
