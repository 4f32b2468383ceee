import { expect, it } from "vitest";
import { machineAddresses } from "./prepare.ts";

const address = (address: string, internal = false): never =>
  ({ address, internal, netmask: "", mac: "", cidr: null, family: address.includes(":") ? "IPv6" : "IPv4" }) as never;

it("names where the machine is reached from elsewhere, once and sorted", () => {
  expect(
    machineAddresses({
      lo: [address("127.0.0.1", true), address("::1", true)],
      eth1: [address("203.0.113.9"), address("fe80::1"), address("2001:db8::9")],
      eth0: [address("192.0.2.7"), address("169.254.3.3"), address("203.0.113.9")],
    }),
  ).toEqual(["192.0.2.7", "2001:db8::9", "203.0.113.9"]);
});
