import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressErrors,
  cidrContains,
  cidrErrors,
  endpointAddressErrors,
  parseAddress,
  parseCidr,
} from "./addresses.ts";

const messages = (errors: readonly { readonly message: string }[]): string[] => errors.map(({ message }) => message);

describe("addresses", () => {
  test("of both families become their bytes", () => {
    expect(parseAddress("10.9.8.7")?.bytes).toEqual([10, 9, 8, 7]);
    expect(parseAddress("2001:db8::ff")?.bytes).toEqual([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff]);
    expect(parseAddress("::ffff:10.0.0.1")).toMatchObject({ family: "IPv6", mapped: true });
    expect(parseAddress("64:ff9b::1.2.3.4")?.bytes.slice(12)).toEqual([1, 2, 3, 4]);
  });

  test.each(["", "10.0.0", "10.0.0.256", "1.2.3.4.5", "fe80::1%eth0", "10.0.0.1/8", ":::", "::ffff:300.0.0.1"])(
    "%j is none",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  test("that programs read differently are refused", () => {
    expect(messages(addressErrors("ip", "010.0.0.1"))).toEqual([
      'Invalid value: "010.0.0.1": must not have leading 0s',
    ]);
    expect(messages(addressErrors("ip", "::ffff:10.0.0.1"))).toEqual([
      'Invalid value: "::ffff:10.0.0.1": must not be an IPv4-mapped IPv6 address',
    ]);
  });

  test("written from bytes are read as the same bytes", () => {
    const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (parts) => {
        const text = parts.map((part) => part.toString(16)).join(":");
        expect(parseAddress(text)?.bytes).toEqual(parts.flatMap((part) => [part >> 8, part & 0xff]));
      }),
    );
  });
});

describe("blocks of addresses", () => {
  test("hold what they say", () => {
    const block = parseCidr("10.0.16.0/20");
    if (block === undefined) throw new Error("no block");
    const inside = (text: string): boolean => {
      const address = parseAddress(text);
      return address !== undefined && cidrContains(block, address);
    };
    expect(["10.0.16.0", "10.0.31.255"].map(inside)).toEqual([true, true]);
    expect(["10.0.15.255", "10.0.32.0", "::a00:1000"].map(inside)).toEqual([false, false, false]);
  });

  test("say exactly what they hold", () => {
    expect(messages(cidrErrors("cidr", "10.0.0.1/8"))[0]).toContain("must not have bits set beyond the prefix length");
    expect(messages(cidrErrors("cidr", "10.0.0.0/08"))[0]).toContain("must not have leading 0s");
    expect(messages(cidrErrors("cidr", "10.0.0.0/33"))[0]).toContain("must be a valid CIDR value");
    expect(cidrErrors("cidr", "10.0.0.0/8")).toEqual([]);
    expect(cidrErrors("cidr", "2001:db8::/32")).toEqual([]);
  });
});

describe("endpoints (CVE-2021-25737)", () => {
  test.each([
    ["0.0.0.0", "may not be unspecified"],
    ["::", "may not be unspecified"],
    ["127.0.0.53", "loopback"],
    ["::1", "loopback"],
    ["169.254.169.254", "link-local range"],
    ["fe80::1", "link-local range"],
    ["febf::1", "link-local range"],
    ["224.0.0.251", "link-local multicast"],
    ["ff02::1", "link-local multicast"],
    ["::ffff:169.254.169.254", "link-local range"],
    ["::ffff:127.0.0.1", "loopback"],
  ])("%s is refused", (address, why) => {
    expect(messages(endpointAddressErrors("ip", address)).join()).toContain(why);
  });

  test.each(["10.0.0.1", "169.253.0.1", "224.0.1.1", "2001:db8::1", "fec0::1"])("%s is taken", (address) => {
    expect(endpointAddressErrors("ip", address)).toEqual([]);
  });
});
