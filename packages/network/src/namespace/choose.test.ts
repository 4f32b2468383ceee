import fc from "fast-check";
import { expect, test } from "vitest";
import { overlaps, parseCidr, type Range } from "../nft/addresses.ts";
import { chooseFrom, NoFreeNetworkError, takenRanges, usedRanges } from "./choose.ts";
import { networkLayout } from "./plan.ts";

const range = (cidr: string): Range => parseCidr(cidr) ?? { from: 0n, to: -1n };

test("an empty machine gets the first of each", () => {
  expect(chooseFrom("a", [])).toEqual({
    instance: "a",
    podCidr: "10.201.0.0/16",
    serviceCidr: "10.202.0.0/16",
    linkCidr: "192.168.255.0/29",
  });
});

test("whatever is taken, the choice is free of it and of itself", () => {
  const taken = fc.array(fc.tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 12, max: 30 })), { maxLength: 30 });
  fc.assert(
    fc.property(taken, (list) => {
      const used = list.map(([b, c, length]) => range(`10.${b}.${c}.0/${length}`));
      let choice: ReturnType<typeof chooseFrom>;
      try {
        choice = chooseFrom("a", used);
      } catch (error) {
        expect(error).toBeInstanceOf(NoFreeNetworkError);
        return;
      }
      const own = [choice.podCidr, choice.serviceCidr, choice.linkCidr].map(range);
      for (const [i, r] of own.entries()) {
        for (const u of used) expect(overlaps(r, u)).toBe(false);
        for (const other of own.slice(i + 1)) expect(overlaps(r, other)).toBe(false);
      }
    }),
  );
});

test("a full 10/8 is said", () => {
  expect(() => chooseFrom("a", [range("10.0.0.0/8")])).toThrow(NoFreeNetworkError);
});

test("routes and addresses are in use, a default route is not", () => {
  const routes = JSON.stringify([
    { dst: "default" },
    { dst: "10.201.0.0/16" },
    { dst: "192.168.255.1" },
    { type: "local" },
  ]);
  const addresses = JSON.stringify([
    {
      addr_info: [
        { local: "172.17.0.1", prefixlen: 16 },
        { local: "fe80::1", prefixlen: 64 },
      ],
    },
    {},
  ]);
  expect(usedRanges(routes, addresses)).toEqual([
    range("10.201.0.0/16"),
    range("192.168.255.1"),
    range("172.17.0.0/16"),
  ]);
  expect(chooseFrom("b", usedRanges(routes, addresses))).toMatchObject({
    podCidr: "10.202.0.0/16",
    serviceCidr: "10.203.0.0/16",
    linkCidr: "192.168.255.8/29",
  });
});

test("the layout names everything after the instance and refuses names that do not fit an interface", () => {
  const layout = networkLayout(chooseFrom("a1", []));
  expect(layout).toMatchObject({
    netns: "/run/netns/bulkhead-a1",
    hostInterface: "bh-a1",
    nodeAddress: "192.168.255.1",
    innerAddress: "192.168.255.2",
    relayAddress: "192.168.255.3",
    apiAddress: "10.202.0.1",
    dnsAddress: "10.202.0.10",
    gatewayAddress: "10.201.0.1",
  });
  for (const instance of ["", "A", "much-too-long", "a b", "123456789"]) {
    expect(() => networkLayout({ ...chooseFrom("a", []), instance })).toThrow(/letters and digits/);
  }
});

test("an instance's ranges that lead to another link are told; its own, a wider route and another's neighbour are not", () => {
  const choice = chooseFrom("a", []);
  const { hostInterface } = networkLayout(choice);
  const routes = [
    { dst: "default", dev: "eth0" },
    { dst: "10.0.0.0/8", dev: "vpn0" },
    { dst: choice.podCidr, dev: hostInterface },
    { dst: "10.203.0.0/16", dev: "other" },
    { dst: "fe80::/64", dev: "other" },
  ];
  expect(takenRanges(choice, hostInterface, JSON.stringify(routes))).toEqual([]);
  const more = [...routes, { dst: choice.serviceCidr, dev: "other" }, { dst: "10.201.7.1", dev: "docker0" }];
  expect(takenRanges(choice, hostInterface, JSON.stringify(more))).toEqual([
    "10.202.0.0/16 dev other",
    "10.201.7.1 dev docker0",
  ]);
});
