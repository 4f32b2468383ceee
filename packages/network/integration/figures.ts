/**
 * Prints what the packet rules cost on this machine (run with the pinned Node, as root): a pod's birth with 0, 100 and 500
 * pods, a policy change, and new connections a second through Services with 10 and 1,000 of them.
 */
import type { Pod, Service } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { type Instance, startInstance } from "./support/instance.ts";
import { type MemoryApi } from "./support/memory-api.ts";

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
const ms = (value: number): string => `${value.toFixed(1)} ms`;

function putPod(api: MemoryApi, n: number): Pod {
  return api.put<Pod>(resources.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: `ns-${n % 20}`, name: `pod-${n}`, labels: { app: `app-${n % 50}` }, uid: `uid-${n}` },
    spec: {
      nodeName: "node-1",
      containers: [{ name: "main", image: "none", ports: [{ name: "http", containerPort: 80 }] }],
    },
  });
}

const link = (pod: Pod, n: number) => ({
  uid: pod.metadata.uid ?? "",
  namespace: pod.metadata.namespace ?? "",
  name: pod.metadata.name ?? "",
  labels: {},
  ips: [`10.201.${Math.floor(n / 250) + 1}.${(n % 250) + 2}`],
  hostInterface: `veth${n}`,
});

async function births(instance: Instance, from: number, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = from; n < from + count; n++) {
    const pod = putPod(instance.api, n);
    await new Promise((resolve) => setTimeout(resolve, 15));
    const start = performance.now();
    await instance.agent.ensure(link(pod, n));
    times.push(performance.now() - start);
  }
  return times;
}

async function measureBirths(): Promise<void> {
  const instance = await startInstance({ verifyMs: 3_600_000 });
  try {
    for (let i = 0; i < 20; i++) {
      instance.namespace(`ns-${i}`);
      instance.policy(`ns-${i}`, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
      instance.policy(`ns-${i}`, "allow-dns", {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          { to: [{ ipBlock: { cidr: "10.202.0.10/32" } }], ports: [{ port: 53, protocol: "UDP" }, { port: 53 }] },
        ],
      });
      instance.policy(`ns-${i}`, "web", {
        podSelector: { matchLabels: { app: `app-${i}` } },
        ingress: [{ from: [{ podSelector: {} }], ports: [{ port: "http" }] }],
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    let existing = 0;
    for (const [upTo, sample] of [
      [0, 20],
      [100, 20],
      [500, 20],
    ] as const) {
      const missing = Array.from({ length: upTo - existing }, (_, i) => existing + i);
      const pods = missing.map((n) => ({ n, pod: putPod(instance.api, n) }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const start = performance.now();
      await Promise.all(pods.map(({ n, pod }) => instance.agent.ensure(link(pod, n))));
      if (pods.length > 0) console.log(`${pods.length} births at once: ${ms(performance.now() - start)}`);
      existing = upTo;
      const times = await births(instance, existing, sample);
      existing += sample;
      console.log(`one birth beside ${upTo} pods: median ${ms(median(times))}, best ${ms(Math.min(...times))}`);
    }
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      instance.policy("ns-0", "default-deny", {
        podSelector: {},
        policyTypes: i % 2 ? ["Ingress"] : ["Ingress", "Egress"],
      });
      const start = performance.now();
      await instance.settled();
      times.push(performance.now() - start - 20);
    }
    console.log(`a policy change beside ${existing} pods: median ${ms(median(times))}`);
  } finally {
    await instance.close();
  }
}

async function measureServices(): Promise<void> {
  const instance = await startInstance({ verifyMs: 3_600_000 });
  try {
    instance.namespace("shop");
    const client = await instance.pod("shop/client", 11);
    const server = await instance.pod("shop/server", 12);
    await server.listen("UDP", 5353);
    const put = (n: number): void => {
      const clusterIP = `10.202.${Math.floor(n / 250) + 1}.${(n % 250) + 2}`;
      instance.api.put<Service>(resources.services, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace: "shop", name: `s-${n}` },
        spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 53, protocol: "UDP" }] },
      });
      instance.api.put(resources.endpointSlices, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { namespace: "shop", name: `s-${n}`, labels: { "kubernetes.io/service-name": `s-${n}` } },
        addressType: "IPv4",
        ports: [{ port: 5353, protocol: "UDP" }],
        endpoints: [{ addresses: [server.ip], conditions: { ready: true } }],
      });
    };
    const rate = async (): Promise<number> => {
      const rates: number[] = [];
      for (let i = 0; i < 7; i++) {
        const counted = await client.ask<Record<string, number>>({
          do: "flood",
          to: "10.202.1.7",
          port: 53,
          protocol: "UDP",
          ms: 1000,
        });
        rates.push(counted["ok"] ?? 0);
      }
      return Math.max(...rates);
    };
    let n = 0;
    for (const upTo of [10, 1000, 5000]) {
      for (; n < upTo; n++) put(n);
      // All of them are in force when a second apply has nothing to do.
      await instance.settled();
      await instance.settled();
      const start = performance.now();
      await instance.settled();
      const settled = performance.now() - start - 20;
      console.log(
        `${upTo} Services: best of 7 s: ${await rate()} new UDP connections a second, one by one; an idle apply ${ms(settled)}`,
      );
    }
  } finally {
    await instance.close();
  }
}

await measureBirths();
await measureServices();
