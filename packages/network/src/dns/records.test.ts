import type { EndpointSlice, Service } from "@bulkhead/api";
import { expect, test } from "vitest";
import { buildRecords, changedRecords, reverseName } from "./records.ts";
import { parseResolvConf } from "./resolv-conf.ts";

const service = (name: string, spec: NonNullable<Service["spec"]>): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name },
  spec,
});
const slice = (of: string, endpoints: NonNullable<EndpointSlice["endpoints"]>): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { namespace: "shop", name: `${of}-1`, labels: { "kubernetes.io/service-name": of } },
  addressType: "IPv4",
  ports: [{ name: "raft", port: 7000, protocol: "UDP" }, { port: 80 }],
  endpoints,
});
const build = (services: Service[], slices: EndpointSlice[] = []) =>
  buildRecords({ services, slices, pods: [], zone: "cluster.local" });

test("dual-stack: both addresses under one name, both reverse names", () => {
  const records = build([
    service("web", {
      clusterIP: "10.202.0.9",
      clusterIPs: ["10.202.0.9", "fd00::9"],
      ports: [
        { name: "http", port: 80 },
        { name: "dns", port: 53, protocol: "UDP" },
      ],
    }),
  ]);
  expect(records.get("web.shop.svc.cluster.local")).toEqual([
    { type: "A", address: "10.202.0.9" },
    { type: "AAAA", address: "fd00::9" },
  ]);
  expect(records.get("_dns._udp.web.shop.svc.cluster.local")).toEqual([
    { type: "SRV", target: "web.shop.svc.cluster.local", port: 53 },
  ]);
  expect(records.get("9.0.202.10.in-addr.arpa")).toEqual([{ type: "PTR", target: "web.shop.svc.cluster.local" }]);
  expect(records.get(reverseName("fd00::9") ?? "")).toEqual([{ type: "PTR", target: "web.shop.svc.cluster.local" }]);
});

test("reverse names of IPv6 have 32 nibbles", () => {
  expect(reverseName("2001:db8::1")).toBe(`1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`);
});

test("headless: names by hostname or by dashed address, SRV for named ports only", () => {
  const records = build(
    [service("db", { clusterIP: "None" })],
    [
      slice("db", [
        { addresses: ["10.201.0.2"], hostname: "db-0" },
        { addresses: ["10.201.0.3"] },
        { addresses: ["10.201.0.4"], hostname: "db-2", conditions: { ready: false } },
      ]),
    ],
  );
  expect(records.get("db.shop.svc.cluster.local")).toHaveLength(2);
  expect(records.get("db-0.db.shop.svc.cluster.local")).toEqual([{ type: "A", address: "10.201.0.2" }]);
  expect(records.get("10-201-0-3.db.shop.svc.cluster.local")).toEqual([{ type: "A", address: "10.201.0.3" }]);
  expect(records.get("_raft._udp.db.shop.svc.cluster.local")).toHaveLength(2);
  expect([...records.keys()].some((name) => name.includes("_tcp"))).toBe(false);
  expect(records.has("db-2.db.shop.svc.cluster.local")).toBe(false);
});

test("publishNotReadyAddresses names those that are not ready too", () => {
  const records = build(
    [service("db", { clusterIP: "None", publishNotReadyAddresses: true })],
    [slice("db", [{ addresses: ["10.201.0.4"], hostname: "db-2", conditions: { ready: false } }])],
  );
  expect(records.has("db-2.db.shop.svc.cluster.local")).toBe(true);
});

test("only what changed is told, what is gone with nothing", () => {
  const before = build([service("a", { clusterIP: "10.202.0.2" }), service("b", { clusterIP: "10.202.0.3" })]);
  const now = build([service("a", { clusterIP: "10.202.0.2" }), service("c", { clusterIP: "10.202.0.4" })]);
  expect(changedRecords(before, now).map((c) => `${c.name} ${c.records.length}`)).toEqual([
    "c.shop.svc.cluster.local 1",
    "4.0.202.10.in-addr.arpa 1",
    "b.shop.svc.cluster.local 0",
    "3.0.202.10.in-addr.arpa 0",
  ]);
});

test("resolv.conf: three servers at most, scopes and comments left out", () => {
  expect(
    parseResolvConf(
      "# nameserver 9.9.9.9\nsearch x\nnameserver 10.0.0.1 # one\n nameserver fe80::1%eth0\nnameserver nope\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n",
    ),
  ).toEqual([
    { address: "10.0.0.1", port: 53 },
    { address: "fe80::1", port: 53 },
    { address: "10.0.0.2", port: 53 },
  ]);
});
