import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { freemem, release } from "node:os";
import type { NodeStatus } from "@bulkhead/api";
import { nodeConditions, type Pressure } from "./conditions.ts";
import type { NodeOptions } from "./options.ts";

const mostImages = 50;

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

export const architecture = process.arch === "x64" ? "amd64" : process.arch;

/** The Node's status as it is now. */
export async function statusOf(options: NodeOptions, before: NodeStatus | undefined): Promise<NodeStatus> {
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
