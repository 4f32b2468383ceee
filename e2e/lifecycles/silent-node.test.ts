import { resources } from "@bulkhead/client";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Cluster, startCluster } from "./api-server.ts";
import { startFakeNode } from "./fake-node.ts";

let cluster: Cluster;
const stop = new AbortController();
const within = { timeout: 40_000, interval: 200 };

beforeAll(async () => {
  cluster = await startCluster({ nodeGracePeriod: 8_000 });
});
afterAll(async () => {
  stop.abort();
  await cluster.close();
});

it("a node that goes silent gets no new pods and no traffic, keeps its pods, and comes back", async () => {
  const node = new AbortController();
  await startFakeNode(cluster.admin, cluster.clientFor("admin"), node.signal);
  const namespace = "default";
  await cluster.admin.create(resources.services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name: "web" },
    spec: { selector: { app: "a" }, ports: [{ port: 80 }] },
  });
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name, labels: { app: "a" } },
    spec: { containers: [{ name: "c", image: "x" }] },
  });
  const addresses = async () => {
    const { subsets } = await cluster.admin.get(resources.endpoints, { namespace, name: "web" });
    return { ready: subsets?.[0]?.addresses?.length ?? 0, notReady: subsets?.[0]?.notReadyAddresses?.length ?? 0 };
  };
  await cluster.admin.create(resources.pods, pod("first"));
  await vi.waitFor(async () => expect(await addresses()).toEqual({ ready: 1, notReady: 0 }), within);
  node.abort();
  await vi.waitFor(async () => expect(await addresses()).toEqual({ ready: 0, notReady: 1 }), within);
  const lost = await cluster.admin.get(resources.nodes, { namespace: "", name: "node-1" });
  expect(lost.status?.conditions?.find((one) => one.type === "Ready")).toMatchObject({
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
  });
  await vi.waitFor(async () => {
    const { spec } = await cluster.admin.get(resources.nodes, { namespace: "", name: "node-1" });
    // The only node: what runs there could run nowhere else, so that nothing is evicted.
    expect(spec?.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      "node.kubernetes.io/unreachable:NoSchedule",
    ]);
  }, within);
  await cluster.admin.create(resources.pods, pod("second"));
  await vi.waitFor(async () => {
    const { status } = await cluster.admin.get(resources.pods, { namespace, name: "second" });
    expect(status?.conditions?.find((one) => one.type === "PodScheduled")?.message).toContain("untolerated taint");
  }, within);
  expect(
    (await cluster.admin.get(resources.pods, { namespace, name: "first" })).metadata.deletionTimestamp,
  ).toBeUndefined();
  await cluster.admin.delete(resources.nodes, { namespace: "", name: "node-1" });
  await startFakeNode(cluster.admin, cluster.clientFor("admin"), stop.signal);
  await vi.waitFor(async () => expect(await addresses()).toEqual({ ready: 2, notReady: 0 }), within);
});
