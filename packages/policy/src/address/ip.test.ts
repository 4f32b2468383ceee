import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalIp, cidrCovers, cidrHas, formatCidr, formatIp, parseCidr, parseIp } from "./ip.ts";

test.each([
  ["10.0.0.1", "10.0.0.1"],
  ["::", "::"],
  ["::1", "::1"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::ffff:a00:1", "10.0.0.1"],
  ["64:ff9b::10.0.0.1", "64:ff9b::a00:1"],
])("%s is %s", (text, expected) => {
  expect(canonicalIp(text)).toBe(expected);
});

test.each([
  "",
  "10.0.0",
  "10.0.0.256",
  "010.0.0.1",
  "10.0.0.1.2",
  " 10.0.0.1",
  "1::2::3",
  ":1",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "fe80::1%eth0",
  "g::",
  "::1.2.3",
  "1.2.3.4::",
])("%s is no address", (text) => {
  expect(parseIp(text)).toBeUndefined();
});

test.each([
  ["10.1.2.3/8", "10.0.0.0/8"],
  ["10.1.2.3", "10.1.2.3/32"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["2001:db8::1/32", "2001:db8::/32"],
  ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
  ["10.0.0.0/33", undefined],
  ["10.0.0.0/08", undefined],
  ["10.0.0.0/", undefined],
  ["10.0.0.0/8/8", undefined],
  ["::/129", undefined],
  ["::ffff:10.0.0.0/8", undefined],
])("%s as a block is %s", (text, expected) => {
  const cidr = parseCidr(text);
  expect(cidr === undefined ? undefined : formatCidr(cidr)).toBe(expected);
});

const ip = fc.oneof(fc.ipV4(), fc.ipV6());

test("property: what Node takes for an address reads back as itself", () => {
  fc.assert(
    fc.property(ip, (text) => {
      const parsed = parseIp(text);
      if (parsed === undefined) throw new Error(text);
      expect(isIP(formatIp(parsed))).toBe(parsed.family);
      expect(parseIp(formatIp(parsed))).toEqual(parsed);
    }),
  );
});

test("property: a block covers another exactly when it has its first and its last address", () => {
  const block = fc.tuple(
    fc.constantFrom("10.0.0.0", "10.0.0.255", "10.1.0.0", "fd00::", "fd00::ff"),
    fc.integer({ min: 0, max: 32 }),
  );
  fc.assert(
    fc.property(block, block, ([a, m], [b, n]) => {
      const [outer, inner] = [parseCidr(`${a}/${m}`), parseCidr(`${b}/${n}`)];
      if (outer === undefined || inner === undefined) throw new Error("unreadable");
      const size = 1n << BigInt((inner.family === 4 ? 32 : 128) - inner.bits);
      const ends = [inner.base, inner.base + size - 1n];
      expect(cidrCovers(outer, inner)).toBe(ends.every((value) => cidrHas(outer, { family: inner.family, value })));
    }),
  );
});
