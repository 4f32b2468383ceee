import { type EndpointSlice, type Service } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Instance, startInstance } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import type { Station, TestPod } from "./support/world.ts";

const missing = lacking("conntrack");

interface EndpointInit {
  readonly ip: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly node?: string;
}

describe.skipIf(missing !== "")(`Services on real packets ${missing}`, () => {
  let instance: Instance;
  let client: TestPod;
  let one: TestPod;
  let two: TestPod;
  let host: Station;
  let ip = 20;

  beforeAll(async () => {
    instance = await startInstance();
    instance.namespace("shop");
    client = await instance.pod("shop/client", 11);
    one = await instance.pod("shop/one", 12, { labels: { app: "db" } });
    two = await instance.pod("shop/two", 13, { labels: { app: "db" } });
    host = await instance.world.station("host");
    for (const pod of [one, two]) {
      await pod.listen("TCP", 5432);
      await pod.listen("UDP", 5353);
    }
  });
  afterAll(async () => {
    await instance?.close();
  });

  const endpoints = (name: string, list: readonly EndpointInit[]): void => {
    instance.api.put<EndpointSlice>(resources.endpointSlices, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { namespace: "shop", name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: [
        { name: "sql", port: 5432, protocol: "TCP" },
        { name: "ask", port: 5353, protocol: "UDP" },
      ],
      endpoints: list.map((e) => ({
        addresses: [e.ip],
        nodeName: e.node ?? "node-1",
        conditions: {
          ready: e.ready ?? true,
          serving: e.serving ?? e.ready ?? true,
          terminating: e.terminating ?? false,
        },
      })),
    });
  };

  async function service(
    name: string,
    list: readonly EndpointInit[],
    more: Partial<NonNullable<Service["spec"]>> = {},
  ): Promise<string> {
    const clusterIP = `10.202.0.${ip++}`;
    instance.api.put<Service>(resources.services, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace: "shop", name },
      spec: {
        clusterIP,
        clusterIPs: [clusterIP],
        ports: [
          { name: "sql", port: 80, protocol: "TCP", targetPort: 5432 },
          { name: "ask", port: 53, protocol: "UDP", targetPort: 5353 },
        ],
        ...more,
      },
    });
    endpoints(name, list);
    await instance.settled();
    return clusterIP;
  }

  /** Who answered in `n` connections, sorted. */
  async function answering(
    from: Station,
    to: string,
    port = 80,
    protocol: "TCP" | "UDP" = "TCP",
    n = 24,
  ): Promise<string[]> {
    const names = new Set<string>();
    for (let i = 0; i < n; i++)
      names.add((await from.attempt({ to, port, protocol })).split(" ").slice(0, 2).join(" "));
    return [...names].sort((a, b) => (a < b ? -1 : 1));
  }

  test("ClusterIP over TCP and UDP reaches every ready backend, from pods and from the node", async () => {
    const to = await service("both", [{ ip: one.ip }, { ip: two.ip }]);
    expect(await answering(client, to)).toEqual(["ok shop-one", "ok shop-two"]);
    expect(await answering(client, to, 53, "UDP")).toEqual(["ok shop-one", "ok shop-two"]);
    expect(await answering(host, to)).toEqual(["ok shop-one", "ok shop-two"]);
    expect(await client.attempt({ to, port: 80 })).toMatch(new RegExp(` ${client.ip}$`));
  });

  test("without ready endpoints: refused at once; other ports of the address too", async () => {
    const to = await service("empty", [{ ip: one.ip, ready: false }]);
    expect(await client.attempt({ to, port: 80 })).toBe("ECONNREFUSED");
    expect(await client.attempt({ to, port: 53, protocol: "UDP" })).toBe("ECONNREFUSED");
    expect(await client.attempt({ to, port: 81 })).toBe("ECONNREFUSED");
    expect(await client.attempt({ to: "10.202.99.99", port: 80 })).toBe("ECONNREFUSED");
    endpoints("empty", [{ ip: one.ip }]);
    await instance.settled();
    expect(await answering(client, to)).toEqual(["ok shop-one"]);
  });

  test("terminating endpoints serve only when nobody else is ready", async () => {
    const to = await service("ending", [
      { ip: one.ip, ready: false, serving: true, terminating: true },
      { ip: two.ip },
    ]);
    expect(await answering(client, to)).toEqual(["ok shop-two"]);
    endpoints("ending", [{ ip: one.ip, ready: false, serving: true, terminating: true }]);
    await instance.settled();
    expect(await answering(client, to)).toEqual(["ok shop-one"]);
  });

  test("a pod reaches itself through its Service", async () => {
    const to = await service("self", [{ ip: one.ip }]);
    expect(await one.attempt({ to, port: 80 })).toMatch(/^ok shop-one/);
    instance.policy("shop", "shut", {
      podSelector: { matchLabels: { app: "db" } },
      policyTypes: ["Ingress", "Egress"],
    });
    await instance.settled();
    expect(await one.attempt({ to, port: 80 })).toMatch(/^ok shop-one/);
    expect(await client.attempt({ to, port: 80 })).toBe("ECONNREFUSED");
    instance.api.drop(resources.networkPolicies, "shop", "shut");
    await instance.settled();
  });

  test("sessionAffinity keeps a client with its backend, for TCP and UDP", async () => {
    const to = await service("sticky", [{ ip: one.ip }, { ip: two.ip }], {
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } },
    });
    expect(await answering(client, to)).toHaveLength(1);
    expect(await answering(client, to, 53, "UDP")).toHaveLength(1);
    const [first = ""] = await answering(client, to);
    const [left, gone] = first.includes("one") ? [two, one] : [one, two];
    endpoints("sticky", [{ ip: left.ip }, { ip: gone.ip, ready: false }]);
    await instance.settled();
    expect(await answering(client, to)).toEqual([`ok shop-${left.name.split("-")[1]}`]);
  });

  test("internalTrafficPolicy and externalTrafficPolicy Local take only this node's endpoints", async () => {
    const list = [{ ip: one.ip }, { ip: two.ip, node: "node-2" }];
    const to = await service("local", list, {
      internalTrafficPolicy: "Local",
      externalTrafficPolicy: "Cluster",
      type: "NodePort",
      ports: [{ name: "sql", port: 80, protocol: "TCP", nodePort: 30111 }],
    });
    expect(await answering(client, to)).toEqual(["ok shop-one"]);
    const { innerAddress } = instance.world.layout;
    expect(await answering(host, innerAddress, 30111)).toEqual(["ok shop-one", "ok shop-two"]);
    await service("local", list, {
      externalTrafficPolicy: "Local",
      type: "NodePort",
      ports: [{ name: "sql", port: 80, protocol: "TCP", nodePort: 30111 }],
    });
    expect(await answering(host, innerAddress, 30111)).toEqual(["ok shop-one"]);
  });

  test("node ports answer at the link's inner address, for the host only", async () => {
    await service("node", [{ ip: two.ip }], {
      type: "NodePort",
      ports: [
        { name: "sql", port: 80, nodePort: 30222 },
        { name: "ask", port: 53, protocol: "UDP", nodePort: 30223 },
      ],
    });
    const { innerAddress } = instance.world.layout;
    expect(await answering(host, innerAddress, 30222)).toEqual(["ok shop-two"]);
    expect(await answering(host, innerAddress, 30223, "UDP")).toEqual(["ok shop-two"]);
    expect(await host.attempt({ to: innerAddress, port: 30999 })).toBe("ECONNREFUSED");
    expect(await client.attempt({ to: innerAddress, port: 30222 })).toBe("ECONNREFUSED");
  });

  test("a UDP client whose backend went away is served by another at once", async () => {
    const to = await service("moving", [{ ip: one.ip }]);
    const from = { to, port: 53, protocol: "UDP" as const, ms: 500 };
    expect(await client.ask({ do: "hold", key: "m", ...from })).toMatch(/^ok shop-one/);
    endpoints("moving", [{ ip: two.ip }]);
    await instance.settled();
    expect(await client.ask({ do: "again", key: "m", ms: 500 })).toMatch(/^ok shop-two/);
  });

  test("an endpoint at loopback or link-local is not followed", async () => {
    const to = await service("evil", [{ ip: "127.0.0.1" }, { ip: "169.254.169.254" }]);
    expect(await client.attempt({ to, port: 80 })).toBe("ECONNREFUSED");
  });

  test("a Service that is deleted is refused again", async () => {
    const to = await service("short", [{ ip: one.ip }]);
    expect(await answering(client, to)).toEqual(["ok shop-one"]);
    instance.api.drop(resources.services, "shop", "short");
    await instance.settled();
    expect(await client.attempt({ to, port: 80 })).toBe("ECONNREFUSED");
  });

  test("the table reads back as it was written: nothing was taken for meddling", async () => {
    // Longer than the agent takes to look.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(instance.repairs()).toBe(0);
  });
});
