import { expect, test } from "vitest";
import { chooseFrom } from "./choose.ts";
import { sysctlPath } from "./look.ts";
import { networkLayout } from "./plan.ts";
import { hostSysctlsOf, innerSysctls, type NetworkFactsSeen, type NetworkStep, planNetwork } from "./steps.ts";

const layout = networkLayout(chooseFrom("a", []));
const host = hostSysctlsOf(layout, ["eth0"]);
const nothing: NetworkFactsSeen = {
  netns: false,
  hostLink: undefined,
  innerLink: undefined,
  loopback: undefined,
  hostRoutes: [],
  innerRoutes: [],
  innerSysctls: {},
  hostSysctls: {},
  hostTableStands: false,
  outMtu: undefined,
};
const all: NetworkFactsSeen = {
  netns: true,
  hostLink: { up: true, mtu: 1500, addresses: ["192.168.255.1/29", "192.168.255.3/29"] },
  innerLink: { up: true, mtu: 1500, addresses: ["192.168.255.2/29"] },
  loopback: { up: true, mtu: 1500, addresses: ["127.0.0.1/8", "10.202.0.1/32", "10.202.0.10/32", "10.201.0.1/32"] },
  hostRoutes: ["10.201.0.0/16 via 192.168.255.2", "10.202.0.0/16 via 192.168.255.2"],
  innerRoutes: ["default via 192.168.255.1"],
  innerSysctls,
  hostSysctls: host,
  hostTableStands: true,
  outMtu: 1500,
};
const kinds = (steps: readonly NetworkStep[]): string[] => steps.map((s) => s.kind);
const plan = (seen: Partial<NetworkFactsSeen>, base = all): NetworkStep[] =>
  planNetwork(layout, { ...base, ...seen }, host);

test("where all stands nothing is done", () => {
  expect(plan({})).toEqual([]);
});

test("on a bare machine: settings before links, the host's table before its routes", () => {
  const steps = plan({}, nothing);
  const first = (kind: string, inside?: boolean): number =>
    steps.findIndex((s) => s.kind === kind && (inside === undefined || ("inside" in s && s.inside === inside)));
  expect(kinds(steps).slice(0, 2)).toEqual(["add-netns", "add-link"]);
  expect(first("set-sysctl", true)).toBeLessThan(first("link-up"));
  expect(first("replace-host-table")).toBeLessThan(first("replace-route", false));
});

test("only what is missing is made", () => {
  expect(plan({ hostTableStands: false })).toEqual([{ kind: "replace-host-table" }]);
  expect(kinds(plan({ hostRoutes: ["10.201.0.0/16 via 192.168.255.2"] }))).toEqual(["replace-route"]);
  expect(plan({ innerSysctls: { ...innerSysctls, "net.ipv4.conf.all.route_localnet": "1" } })).toEqual([
    { kind: "set-sysctl", inside: true, name: "net.ipv4.conf.all.route_localnet", value: "0" },
  ]);
  expect(plan({ innerLink: { up: false, mtu: 1500, addresses: ["192.168.255.2/29"] } })).toEqual([
    { kind: "link-up", inside: true, link: "uplink" },
  ]);
});

test("both ends of the link follow the smallest way out", () => {
  expect(plan({ outMtu: 1400 })).toEqual([
    { kind: "set-mtu", inside: true, link: "uplink", mtu: 1400 },
    { kind: "set-mtu", inside: false, link: "bh-a", mtu: 1400 },
  ]);
  expect(kinds(plan({ outMtu: 1400 }, nothing)).filter((k) => k === "set-mtu")).toHaveLength(2);
  expect(plan({ outMtu: undefined })).toEqual([]);
});

test("half a link is taken away and made anew, with all that hung on it", () => {
  const steps = kinds(plan({ innerLink: undefined }));
  expect(steps.slice(0, 2)).toEqual(["remove-stale-link", "add-link"]);
  expect(steps.filter((k) => k === "replace-route")).toHaveLength(3);
});

test("a namespace that died takes its settings with it", () => {
  const steps = plan({ netns: false });
  expect(steps.filter((s) => s.kind === "set-sysctl" && s.inside)).toHaveLength(Object.keys(innerSysctls).length);
});

test("sysctl names with dots in an interface's name find their file", () => {
  expect(sysctlPath("net.ipv4.conf.eth0/100.forwarding")).toBe("/proc/sys/net/ipv4/conf/eth0.100/forwarding");
});
