import { type Log, type Namespace, type NetworkPolicy, type Pod, silentLog } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { ensureNetwork, type NetworkAgent, type Run, runCommand, startNetworkAgent } from "../../src/index.ts";
import { type MemoryApi, memoryApi } from "./memory-api.ts";
import { createWorld, type TestPod, type World } from "./world.ts";

/** An instance in a world of its own: namespace made, agent running against an API in memory. */
export interface Instance {
  readonly world: World;
  readonly api: MemoryApi;
  readonly agent: NetworkAgent;
  readonly run: Run;
  /** How often the agent found its table changed by someone. */
  repairs(): number;
  namespace(name: string, labels?: Record<string, string>): void;
  /** The pod's object, link and rules. */
  pod(
    key: string,
    last: number,
    init?: { labels?: Record<string, string>; ports?: { name: string; port: number; protocol?: string }[] },
  ): Promise<TestPod>;
  policy(namespace: string, name: string, spec: NonNullable<NetworkPolicy["spec"]>): NetworkPolicy;
  /** Waits until the rules hold what the API says now. */
  settled(): Promise<void>;
  restartAgent(): Promise<void>;
  close(): Promise<void>;
}

/** Where the machine's registry answers pods, at their gateway. */
export const registryPort = 6445;

export const runOnHost =
  (world: World): Run =>
  (program, args, options) =>
    runCommand("nsenter", [`--net=${world.hostNetns}`, "--", program, ...args], options);

export async function startInstance(
  options: {
    readonly defaults?: "bulkhead" | "kubernetes";
    readonly repairMs?: number;
    readonly verifyMs?: number;
  } = {},
): Promise<Instance> {
  const { defaults = "bulkhead" } = options;
  const world = createWorld();
  const api = memoryApi();
  const run = runOnHost(world);
  await ensureNetwork({ layout: world.layout, log: silentLog, run });
  let repairs = 0;
  const log: Log = { ...silentLog, warn: (_fields, message) => void (repairs += /repaired/.test(message) ? 1 : 0) };
  const start = (): NetworkAgent =>
    startNetworkAgent({
      client: api,
      layout: world.layout,
      node: "node-1",
      registryPort,
      log,
      defaults,
      run,
      verifyMs: options.verifyMs ?? 500,
      repairMs: options.repairMs ?? 3_600_000,
      hostAddresses: () => world.hostAddresses(),
    });
  let agent = start();
  await agent.ready;
  const links: Parameters<NetworkAgent["ensure"]>[0][] = [];
  const instance: Instance = {
    world,
    api,
    get agent() {
      return agent;
    },
    run,
    repairs: () => repairs,
    namespace(name, labels = {}) {
      api.put<Namespace>(resources.namespaces, {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } },
      });
    },
    async pod(key, last, init = {}) {
      const [namespace = "", name = ""] = key.split("/");
      const pod = await world.pod(`${namespace}-${name}`, last);
      const object = api.put<Pod>(resources.pods, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace, name, labels: init.labels ?? {}, uid: `uid-${key}` },
        spec: {
          nodeName: "node-1",
          containers: [
            {
              name: "main",
              image: "none",
              ports: (init.ports ?? []).map((p) => ({
                name: p.name,
                containerPort: p.port,
                protocol: p.protocol ?? "TCP",
              })),
            },
          ],
        },
      });
      const link = {
        uid: object.metadata.uid ?? "",
        namespace,
        name,
        labels: init.labels ?? {},
        ips: [pod.ip],
        hostInterface: pod.hostInterface,
        netns: pod.netns,
      };
      links.push(link);
      await agent.ensure(link);
      api.put<Pod>(resources.pods, {
        ...object,
        status: { phase: "Running", podIP: pod.ip, podIPs: [{ ip: pod.ip }] },
      });
      return pod;
    },
    policy: (namespace, name, spec) =>
      api.put<NetworkPolicy>(resources.networkPolicies, {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { namespace, name },
        spec,
      }),
    async settled() {
      // The informers hear on the next turns; asking for any pod's rules waits for a transaction after that.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const [link] = links;
      if (link !== undefined) await agent.ensure(link);
    },
    async restartAgent() {
      await agent.close();
      agent = start();
      await agent.ready;
    },
    async close() {
      await agent.close();
      await world.close();
    },
  };
  return instance;
}
