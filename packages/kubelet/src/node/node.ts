import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { freemem, release } from "node:os";
import { type Lease, type Log, type Node, type NodeCondition, type NodeStatus, StatusError } from "@bulkhead/api";
import { type Client, type EventRecorder, resources } from "@bulkhead/client";
import type { CriClient } from "../cri/client.ts";
import type { CriImage } from "../cri/schema.ts";
import { rfc3339 } from "../pod/status.ts";
import type { Resources } from "./capacity.ts";

export interface NodeOptions {
  readonly client: Client;
  readonly cri: CriClient;
  readonly log: Log;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly nodeName: string;
  readonly root: string;
  readonly hostIps: readonly string[];
  readonly capacity: Resources;
  readonly allocatable: Resources;
  readonly port: number | undefined;
  readonly images: () => Promise<readonly CriImage[]>;
  readonly events: EventRecorder;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly podCidrs: readonly string[];
}

const leaseEvery = 10_000;
const leaseSeconds = 40;
const lookEvery = 10_000;
/** However little changed, the status is told this often. */
const tellEvery = 300_000;
const mostImages = 50;

/** What decides a node's conditions. */
export interface Pressure {
  readonly runtimeReady: boolean;
  readonly networkReady: boolean;
  readonly runtimeMessage: string;
  readonly memoryAvailable: number;
  readonly diskAvailable: number;
  readonly diskCapacity: number;
  readonly pidsUsed: number;
  readonly pidsMax: number;
}

const leastMemory = 100 * 1024 * 1024;
const leastDisk = 0.1;
const leastPids = 0.05;

/** The conditions of the node. Pure; times are kept where the status is the same. */
export function nodeConditions(facts: Pressure, before: readonly NodeCondition[], now: number): NodeCondition[] {
  const make = (type: string, bad: boolean, reason: [string, string], message: [string, string]): NodeCondition => {
    const status = bad ? "True" : "False";
    return timed({ type, status, reason: reason[bad ? 1 : 0], message: message[bad ? 1 : 0] });
  };
  const timed = (condition: NodeCondition): NodeCondition => {
    const old = before.find(({ type }) => type === condition.type);
    return {
      ...condition,
      lastHeartbeatTime: rfc3339(now),
      lastTransitionTime: old?.status === condition.status ? old.lastTransitionTime : rfc3339(now),
    };
  };
  const up = facts.runtimeReady && facts.networkReady;
  return [
    make(
      "MemoryPressure",
      facts.memoryAvailable < leastMemory,
      ["KubeletHasSufficientMemory", "KubeletHasInsufficientMemory"],
      ["kubelet has sufficient memory available", "kubelet has insufficient memory available"],
    ),
    make(
      "DiskPressure",
      facts.diskAvailable < facts.diskCapacity * leastDisk,
      ["KubeletHasNoDiskPressure", "KubeletHasDiskPressure"],
      ["kubelet has no disk pressure", "kubelet has disk pressure"],
    ),
    make(
      "PIDPressure",
      facts.pidsMax - facts.pidsUsed < facts.pidsMax * leastPids,
      ["KubeletHasSufficientPID", "KubeletHasInsufficientPID"],
      ["kubelet has sufficient PID available", "kubelet has insufficient PID available"],
    ),
    timed({
      type: "Ready",
      status: up ? "True" : "False",
      reason: up ? "KubeletReady" : "KubeletNotReady",
      message: up ? "kubelet is posting ready status" : facts.runtimeMessage,
    }),
  ];
}

const text = (path: string): string => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
};

const memoryAvailable = (): number => {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text("/proc/meminfo"))?.[1];
  return kib === undefined ? freemem() : Number(kib) * 1024;
};

async function look(options: NodeOptions): Promise<{ pressure: Pressure; runtime: string }> {
  const disk = await statfs(options.root);
  const [, total = "0"] = /\/(\d+)/.exec(text("/proc/loadavg")) ?? [];
  const machine = {
    memoryAvailable: memoryAvailable(),
    diskAvailable: disk.bavail * disk.bsize,
    diskCapacity: disk.blocks * disk.bsize,
    pidsUsed: Number(total),
    pidsMax: Number(text("/proc/sys/kernel/pid_max")) || 32_768,
  };
  try {
    const [{ status }, version] = await Promise.all([
      options.cri.call("Status", {}, { timeout: 10_000 }),
      options.cri.call("Version", {}, { timeout: 10_000 }),
    ]);
    const of = (type: string) => status?.conditions.find((condition) => condition.type === type);
    const bad = [of("RuntimeReady"), of("NetworkReady")].filter((condition) => condition?.status !== true);
    return {
      pressure: {
        ...machine,
        runtimeReady: of("RuntimeReady")?.status === true,
        networkReady: of("NetworkReady")?.status === true,
        runtimeMessage: bad.map((each) => `${each?.type ?? "runtime"} is not met: ${each?.message ?? ""}`).join("; "),
      },
      runtime: `${version.runtimeName}://${version.runtimeVersion}`,
    };
  } catch (error) {
    const message = `container runtime is down: ${String(error)}`;
    return {
      pressure: { ...machine, runtimeReady: false, networkReady: false, runtimeMessage: message },
      runtime: "containerd://",
    };
  }
}

const architecture = process.arch === "x64" ? "amd64" : process.arch;

async function statusOf(options: NodeOptions, before: NodeStatus | undefined): Promise<NodeStatus> {
  const { pressure, runtime } = await look(options);
  const images = await options.images().catch(() => []);
  return {
    addresses: [
      ...options.hostIps.map((address) => ({ type: "InternalIP", address })),
      { type: "Hostname", address: options.nodeName },
    ],
    capacity: { ...options.capacity },
    allocatable: { ...options.allocatable },
    conditions: nodeConditions(pressure, before?.conditions ?? [], options.now()),
    ...(options.port === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: options.port } } }),
    images: images
      .toSorted((a, b) => b.size - a.size)
      .slice(0, mostImages)
      .map(({ repoTags, repoDigests, size }) => ({
        names: [...repoDigests, ...repoTags].slice(0, 5),
        sizeBytes: size,
      })),
    nodeInfo: {
      architecture,
      bootID: text("/proc/sys/kernel/random/boot_id"),
      containerRuntimeVersion: runtime,
      kernelVersion: release(),
      kubeProxyVersion: "",
      kubeletVersion: options.version,
      machineID: text("/etc/machine-id"),
      operatingSystem: "linux",
      osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(text("/etc/os-release"))?.[1] ?? "Linux",
      systemUUID: text("/sys/class/dmi/id/product_uuid"),
    },
    runtimeHandlers: [{ name: "", features: { userNamespaces: true } }],
  };
}

/** Leaves times out: they change always and mean nothing. */
const essence = (status: NodeStatus): string =>
  JSON.stringify({
    ...status,
    conditions: status.conditions?.map(({ type, status: is, reason, message }) => [type, is, reason, message]),
  });

/** Registers the node and keeps its lease and status fresh until the signal aborts. */
export function startNode(options: NodeOptions): {
  readonly registered: Promise<void>;
  readonly closed: Promise<void>;
} {
  const { client, log, now, signal, nodeName } = options;
  let node: Node | undefined;
  let lease: Lease | undefined;
  let told = "";
  let toldAt = 0;

  const nap = (milliseconds: number): Promise<void> => {
    if (signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", end));
  };

  async function register(): Promise<void> {
    const wanted: Node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: nodeName,
        labels: {
          "kubernetes.io/hostname": nodeName,
          "kubernetes.io/os": "linux",
          "kubernetes.io/arch": architecture,
          "beta.kubernetes.io/os": "linux",
          "beta.kubernetes.io/arch": architecture,
          ...options.labels,
        },
      },
      spec: options.podCidrs.length === 0 ? {} : { podCIDR: options.podCidrs[0], podCIDRs: [...options.podCidrs] },
    };
    try {
      node = await client.create(resources.nodes, { ...wanted, status: await statusOf(options, undefined) });
      options.events.event(node, "Normal", "Starting", "Starting kubelet.");
    } catch (error) {
      if (!(error instanceof StatusError && error.reason === "AlreadyExists")) throw error;
      node = await client.patch(resources.nodes, { namespace: "", name: nodeName }, "strategic", {
        metadata: { labels: wanted.metadata.labels },
      });
    }
  }

  async function tell(): Promise<void> {
    const status = await statusOf(options, node?.status);
    const is = essence(status);
    if (is === told && now() - toldAt < tellEvery) return;
    const wasReady = node?.status?.conditions?.find(({ type }) => type === "Ready")?.status;
    const patch = { status: { ...status, addresses: [{ $patch: "replace" }, ...(status.addresses ?? [])] } };
    const answer = await client.patch(resources.nodes, { namespace: "", name: nodeName }, "strategic", patch, {
      subresource: "status",
    });
    told = is;
    toldAt = now();
    node = answer;
    const ready = status.conditions?.find(({ type }) => type === "Ready")?.status;
    if (ready !== wasReady) {
      options.events.event(
        answer,
        "Normal",
        ready === "True" ? "NodeReady" : "NodeNotReady",
        `Node ${nodeName} status is now: ${ready === "True" ? "NodeReady" : "NodeNotReady"}`,
      );
    }
  }

  async function renew(): Promise<void> {
    const name = { namespace: "kube-node-lease", name: nodeName };
    const renewTime = new Date(now()).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime };
    try {
      lease ??= await client.get(resources.leases, name);
      lease = await client.update(resources.leases, { ...lease, spec: { ...lease.spec, ...spec } });
    } catch (error) {
      lease = undefined;
      if (!(error instanceof StatusError && error.reason === "NotFound")) throw error;
      const owner =
        node?.metadata.uid === undefined
          ? {}
          : { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: node.metadata.uid }] };
      lease = await client.create(resources.leases, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { ...name, ...owner },
        spec,
      });
    }
  }

  const { promise: registered, resolve } = Promise.withResolvers<void>();

  async function untilDone(what: string, work: () => Promise<void>): Promise<void> {
    for (let wait = 200; !signal.aborted; wait = Math.min(wait * 2, 7000)) {
      try {
        await work();
        return;
      } catch (error) {
        log.warn({ error: String(error) }, `${what} failed: trying again`);
        // A node that was deleted meanwhile is registered anew.
        if (error instanceof StatusError && error.reason === "NotFound") node = undefined;
        await nap(wait);
      }
    }
  }

  const once = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ error: String(error) }, `${what} failed`);
      if (error instanceof StatusError && error.reason === "NotFound")
        await untilDone("registering the node", register);
    }
  };

  const closed = (async () => {
    await untilDone("registering the node", register);
    await once("node status", tell);
    resolve();
    await Promise.all([
      (async () => {
        while (!signal.aborted) {
          await once("node lease", renew);
          await nap(leaseEvery);
        }
      })(),
      (async () => {
        while (!signal.aborted) {
          await nap(lookEvery);
          if (!signal.aborted) await once("node status", tell);
        }
      })(),
    ]);
  })();
  return { registered, closed };
}
