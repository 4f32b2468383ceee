import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, parseAddress, parseRange } from "./cidr.ts";

test("addresses are read as they are written", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => formatAddress(parseAddress(text) ?? -1) === text));
  for (const text of ["1.2.3", "01.2.3.4", "1.2.3.256", "::1", "1.2.3.4.5", ""])
    expect(parseAddress(text), text).toBeUndefined();
});

test("a range starts at its network, and only sensible ones are taken", () => {
  expect(parseRange("10.96.7.1/16")).toEqual({ first: parseAddress("10.96.0.0"), size: 65536 });
  for (const cidr of ["10.0.0.0/31", "10.0.0.0/7", "10.0.0.0", "::/64"])
    expect(() => parseRange(cidr), cidr).toThrow(RangeError);
});
