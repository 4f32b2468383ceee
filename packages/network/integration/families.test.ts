import { execFileSync } from "node:child_process";
import type { NetworkPolicy, Pod, Service } from "@bulkhead/api";
import { normaliseNetwork } from "@bulkhead/policy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packetFilter } from "../src/nft/filter.ts";
import { buildTable } from "../src/policy/base-table.ts";
import { compileServices } from "../src/services/compile.ts";
import { servicePorts } from "../src/services/service-ports.ts";
import { lacking } from "./support/machine.ts";

const missing = lacking();

/** Everything that can be compiled, for both address families and all three protocols. */
function everything(affinity: boolean) {
  const pods: Pod[] = [1, 2, 3].map((n) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "a", name: `p${n}`, uid: `p${n}`, labels: { n: String(n) } },
    spec: {
      nodeName: "node-1",
      containers: [
        {
          name: "m",
          image: "x",
          ports: [
            { name: "http", containerPort: 80 },
            { name: "sig", containerPort: 90, protocol: "SCTP" },
          ],
        },
      ],
    },
    status: { phase: "Running", podIPs: [{ ip: `10.201.0.${n + 1}` }, { ip: `fd00:201::${n + 1}` }] },
  }));
  const policy: NetworkPolicy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { namespace: "a", name: "all" },
    spec: {
      podSelector: { matchLabels: { n: "1" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [{ podSelector: {} }, { ipBlock: { cidr: "fd00:9::/32", except: ["fd00:9:1::/48"] } }],
          ports: [{ port: "http" }, { port: "sig", protocol: "SCTP" }, { port: 7, endPort: 9 }, { port: 20 }],
        },
        { from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.3.0.0/16"] } }] },
      ],
      egress: [{ to: [{ ipBlock: { cidr: "::/0" } }], ports: [{ protocol: "SCTP" }, { port: 53, protocol: "UDP" }] }],
    },
  };
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "a", name: "s" },
    spec: {
      type: "NodePort",
      clusterIP: "10.202.0.9",
      clusterIPs: ["10.202.0.9", "fd00:202::9"],
      ...(affinity ? { sessionAffinity: "ClientIP" } : {}),
      ports: [
        { name: "http", port: 80, nodePort: 30080 },
        { name: "sig", port: 90, protocol: "SCTP" },
      ],
    },
  };
  const slices = (["IPv4", "IPv6"] as const).map((addressType) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { namespace: "a", name: addressType },
    addressType,
    ports: [
      { name: "http", port: 80, protocol: "TCP" },
      { name: "sig", port: 90, protocol: "SCTP" },
    ],
    endpoints: [2, 3].map((n) => ({ addresses: [addressType === "IPv4" ? `10.201.0.${n}` : `fd00:201::${n}`] })),
  }));
  const rules = normaliseNetwork({
    pods,
    namespaces: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } }],
    policies: [policy],
    exceptions: [],
    facts: {
      now: 0,
      nodeIps: ["192.168.255.1", "fd00:255::1"],
      closed: [{ rule: "metadata", says: "m", cidrs: ["169.254.0.0/16", "fd00:ec2::254/128", "fe80::/10"] }],
    },
  });
  return buildTable({
    network: {
      uplink: "uplink",
      podCidrs: ["10.201.0.0/16", "fd00:201::/64"],
      serviceCidrs: ["10.202.0.0/16", "fd00:202::/112"],
      answered: ["192.168.255.1"],
    },
    rules,
    links: pods.map((p) => ({
      hostInterface: `veth${p.metadata.name}`,
      ips: (p.status?.podIPs ?? []).map((i) => i.ip),
    })),
    local: [{ address: "fd00:202::1", protocol: "TCP", port: 443 }],
    services: compileServices({
      ports: servicePorts(service, slices, "node-1"),
      families: [4, 6],
      uplink: "uplink",
      nodePortAddresses: ["192.168.255.2", "fd00:255::2"],
      localAddresses: new Set(),
    }),
  });
}

describe.skipIf(missing !== "")(`both address families in the kernel ${missing}`, () => {
  const name = `bht-families-${process.pid}`;
  beforeAll(() => void execFileSync("ip", ["netns", "add", name]));
  afterAll(() => void execFileSync("ip", ["netns", "delete", name]));

  test("the kernel takes every statement and gives it back as it was written", async () => {
    const filter = packetFilter({ netns: `/run/netns/${name}`, table: "bulkhead" });
    for (const affinity of [false, true, false]) {
      expect(await filter.apply(everything(affinity))).toBe("changed");
      expect(await filter.verify()).toBe("unchanged");
      expect(await filter.apply(everything(affinity))).toBe("unchanged");
    }
    const text = execFileSync("ip", ["netns", "exec", name, "nft", "list", "table", "inet", "bulkhead"], {
      encoding: "utf8",
    });
    expect(text).toContain("fd00:201::2 . 80");
    // By its number where the machine has no list of protocols.
    expect(text).toMatch(/\b(sctp|132)\b/);
  });
});
