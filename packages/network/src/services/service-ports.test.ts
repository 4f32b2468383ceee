import type { EndpointSlice, Service } from "@bulkhead/api";
import { expect, test } from "vitest";
import { staleBackends } from "./connections.ts";
import { servicePorts } from "./service-ports.ts";

const service = (spec: NonNullable<Service["spec"]>): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name: "web" },
  spec,
});
type Conditions = NonNullable<NonNullable<EndpointSlice["endpoints"]>[number]["conditions"]>;
const slice = (endpoints: readonly { ip: string; conditions?: Conditions; nodeName?: string }[]): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { namespace: "shop", name: "web-1" },
  addressType: "IPv4",
  ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  endpoints: endpoints.map(({ ip, ...rest }) => ({ addresses: [ip], ...rest })),
});
const plain = { clusterIP: "10.202.0.9", clusterIPs: ["10.202.0.9"], ports: [{ name: "http", port: 80 }] };
const backends = (spec: NonNullable<Service["spec"]>, ...endpoints: Parameters<typeof slice>[0][number][]) =>
  servicePorts(service(spec), [slice(endpoints)], "node-1")[0];
const ips = (list: readonly { address: string }[] | undefined): string[] | undefined => list?.map((b) => b.address);

test("an endpoint without conditions is ready", () => {
  expect(backends(plain, { ip: "10.201.0.2" })?.internal).toEqual([{ address: "10.201.0.2", port: 8080 }]);
});

test("ready ones; those that still serve only when nobody is ready; never those that do not serve", () => {
  const ending = { ip: "10.201.0.3", conditions: { ready: false, serving: true, terminating: true } };
  const dead = { ip: "10.201.0.4", conditions: { ready: false, serving: false, terminating: true } };
  expect(ips(backends(plain, { ip: "10.201.0.2" }, ending, dead)?.internal)).toEqual(["10.201.0.2"]);
  expect(ips(backends(plain, ending, dead)?.internal)).toEqual(["10.201.0.3"]);
  expect(ips(backends(plain, dead)?.internal)).toEqual([]);
});

test("traffic policies Local keep only this node's endpoints, each for its own traffic", () => {
  const both = [
    { ip: "10.201.0.2", nodeName: "node-1" },
    { ip: "10.203.0.2", nodeName: "node-2" },
  ];
  const local = backends({ ...plain, internalTrafficPolicy: "Local", externalTrafficPolicy: "Cluster" }, ...both);
  expect([ips(local?.internal), ips(local?.external)]).toEqual([["10.201.0.2"], ["10.201.0.2", "10.203.0.2"]]);
  expect(ips(backends({ ...plain, externalTrafficPolicy: "Local" }, ...both)?.external)).toEqual(["10.201.0.2"]);
});

test.each(["127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "fe80::1", "ff02::1"])(
  "never to %s (CVE-2021-25737)",
  (ip) => {
    expect(backends(plain, { ip })?.internal).toEqual([]);
  },
);

test("node ports only for the types that have them; none at all for headless and ExternalName", () => {
  const ports = [{ name: "http", port: 80, nodePort: 30080 }];
  expect(backends({ ...plain, ports })?.nodePort).toBeUndefined();
  expect(backends({ ...plain, ports, type: "NodePort" })?.nodePort).toBe(30080);
  expect(backends({ ...plain, ports, type: "LoadBalancer" })?.nodePort).toBe(30080);
  expect(backends({ ...plain, clusterIP: "None" })).toBeUndefined();
  expect(backends({ type: "ExternalName", externalName: "example.test", ports })).toBeUndefined();
});

test("affinity has upstream's default of three hours", () => {
  expect(backends(plain)?.affinitySeconds).toBeUndefined();
  expect(backends({ ...plain, sessionAffinity: "ClientIP" })?.affinitySeconds).toBe(10_800);
  expect(
    backends({ ...plain, sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } })
      ?.affinitySeconds,
  ).toBe(5);
});

test("a UDP backend that went is to be forgotten, at the port and the node port; TCP is left alone", () => {
  const udp = (...addresses: string[]) => {
    const [port] = servicePorts(
      service({ ...plain, type: "NodePort", ports: [{ port: 53, protocol: "UDP", nodePort: 30053 }] }),
      [{ ...slice(addresses.map((ip) => ({ ip }))), ports: [{ port: 5353, protocol: "UDP" }] }],
      "node-1",
    );
    return port === undefined ? [] : [port];
  };
  expect(staleBackends(udp("10.201.0.2", "10.201.0.3"), udp("10.201.0.3"))).toEqual([
    { port: 53, address: "10.201.0.2" },
    { port: 30053, address: "10.201.0.2" },
  ]);
  expect(staleBackends(udp("10.201.0.2"), [])).toHaveLength(2);
  const tcp = servicePorts(service(plain), [slice([{ ip: "10.201.0.2" }])], "node-1");
  expect(staleBackends(tcp, [])).toEqual([]);
});
