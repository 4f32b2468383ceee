import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { cpus, totalmem, uptime } from "node:os";
import { labels } from "../config/sandbox.ts";
import type { CriClient } from "../cri/client.ts";
import type { CriContainerStats, CriSandboxStats } from "../cri/schema.ts";
import { rfc3339 } from "../status/facts.ts";

type Usage = { readonly value: number } | undefined;

const time = (nanoseconds: number | undefined, now: number): string =>
  rfc3339(nanoseconds === undefined || nanoseconds === 0 ? now : nanoseconds / 1e6);

interface CpuUse {
  readonly usageCoreNanoSeconds?: number;
}
interface MemoryUse {
  readonly workingSetBytes?: number;
}

/** What /stats/summary says; only the parts that are read again here are named. */
export interface StatsSummary {
  readonly node: { readonly nodeName: string; readonly cpu: CpuUse; readonly memory: MemoryUse };
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
    readonly cpu: CpuUse | undefined;
    readonly memory: MemoryUse | undefined;
    readonly containers: readonly {
      readonly name: string;
      readonly cpu: CpuUse | undefined;
      readonly memory: MemoryUse | undefined;
    }[];
  }[];
}

const value = <Name extends string>(name: Name, usage: Usage): { readonly [name in Name]?: number } =>
  usage === undefined ? {} : ({ [name]: usage.value } as { readonly [name in Name]: number });

const cpuOf = (cpu: CriContainerStats["cpu"], now: number) =>
  cpu === undefined
    ? undefined
    : {
        time: time(cpu.timestamp, now),
        ...value("usageNanoCores", cpu.usageNanoCores),
        ...value("usageCoreNanoSeconds", cpu.usageCoreNanoSeconds),
      };

const memoryOf = (memory: CriContainerStats["memory"], now: number) =>
  memory === undefined
    ? undefined
    : {
        time: time(memory.timestamp, now),
        ...value("availableBytes", memory.availableBytes),
        ...value("usageBytes", memory.usageBytes),
        ...value("workingSetBytes", memory.workingSetBytes),
        ...value("rssBytes", memory.rssBytes),
        ...value("pageFaults", memory.pageFaults),
        ...value("majorPageFaults", memory.majorPageFaults),
      };

function containerOf(stats: CriContainerStats, now: number): StatsSummary["pods"][number]["containers"][number] {
  const container = {
    name: stats.attributes?.metadata?.name ?? "",
    startTime: time(undefined, now),
    cpu: cpuOf(stats.cpu, now),
    memory: memoryOf(stats.memory, now),
    rootfs: { time: time(stats.writableLayer?.timestamp, now), ...value("usedBytes", stats.writableLayer?.usedBytes) },
  };
  return container;
}

function podOf(stats: CriSandboxStats, now: number): StatsSummary["pods"][number] {
  const of = (label: string): string => stats.attributes?.labels[label] ?? "";
  const link = stats.linux?.network?.defaultInterface;
  const pod = {
    podRef: { name: of(labels.podName), namespace: of(labels.podNamespace), uid: of(labels.podUid) },
    startTime: time(undefined, now),
    containers: (stats.linux?.containers ?? []).map((each) => containerOf(each, now)),
    cpu: cpuOf(stats.linux?.cpu, now),
    memory: memoryOf(stats.linux?.memory, now),
    ...(link === undefined
      ? {}
      : {
          network: {
            time: time(stats.linux?.network?.timestamp, now),
            name: link.name,
            ...value("rxBytes", link.rxBytes),
            ...value("rxErrors", link.rxErrors),
            ...value("txBytes", link.txBytes),
            ...value("txErrors", link.txErrors),
          },
        }),
    ...(stats.linux?.process === undefined
      ? {}
      : { process_stats: value("process_count", stats.linux.process.processCount) }),
  };
  return pod;
}

const ticks = 10_000_000;

/** Nanoseconds that all CPUs worked since the machine started, from /proc/stat (hundredths of a second). */
export function cpuWorked(stat: string): number {
  const [, user = "0", nice = "0", system = "0", , , irq = "0", softirq = "0", steal = "0"] = (
    stat.split("\n")[0] ?? ""
  ).split(/\s+/);
  return [user, nice, system, irq, softirq, steal].reduce((sum, each) => sum + Number(each), 0) * ticks;
}

/** /stats/summary: the node's and every pod's use, as metrics-server and kubectl top read it. */
export async function statsSummary(cri: CriClient, nodeName: string, root: string, now: number): Promise<StatsSummary> {
  const [{ stats }, disk] = await Promise.all([cri.call("ListPodSandboxStats", {}), statfs(root)]);
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) * 1024;
  const used = totalmem() - available;
  const summary = {
    node: {
      nodeName,
      startTime: rfc3339(now - uptime() * 1000),
      cpu: {
        time: rfc3339(now),
        usageCoreNanoSeconds: cpuWorked(readFileSync("/proc/stat", "utf8")),
        cores: cpus().length,
      },
      memory: { time: rfc3339(now), availableBytes: available, usageBytes: used, workingSetBytes: used },
      fs: {
        time: rfc3339(now),
        capacityBytes: disk.blocks * disk.bsize,
        availableBytes: disk.bavail * disk.bsize,
        usedBytes: (disk.blocks - disk.bfree) * disk.bsize,
        inodes: disk.files,
        inodesFree: disk.ffree,
      },
    },
    pods: stats.map((each) => podOf(each, now)),
  };
  return summary;
}

const seconds = (nanoseconds: number): number => nanoseconds / 1e9;
const quoted = (text: string): string => JSON.stringify(text);

/** /metrics/resource: the same use in the Prometheus text form, under the names that upstream's kubelet gives it. */
export function resourceMetrics(summary: StatsSummary): string {
  const lines: string[] = [];
  const family = (
    name: string,
    type: "counter" | "gauge",
    samples: readonly (readonly [string, number | undefined])[],
  ) => {
    lines.push(`# TYPE ${name} ${type}`);
    for (const [labels, sample] of samples)
      if (sample !== undefined) lines.push(`${name}${labels === "" ? "" : `{${labels}}`} ${sample}`);
  };
  const cpu = (use: { readonly usageCoreNanoSeconds?: number } | undefined): number | undefined =>
    use?.usageCoreNanoSeconds === undefined ? undefined : seconds(use.usageCoreNanoSeconds);
  const pods = summary.pods.map((pod) => ({
    pod,
    labels: `namespace=${quoted(pod.podRef.namespace)},pod=${quoted(pod.podRef.name)}`,
  }));
  const containers = pods.flatMap(({ pod, labels }) =>
    pod.containers.map((container) => ({ container, labels: `container=${quoted(container.name)},${labels}` })),
  );
  family("node_cpu_usage_seconds_total", "counter", [["", cpu(summary.node.cpu)]]);
  family("node_memory_working_set_bytes", "gauge", [["", summary.node.memory.workingSetBytes]]);
  family(
    "pod_cpu_usage_seconds_total",
    "counter",
    pods.map(({ pod, labels }) => [labels, cpu(pod.cpu)]),
  );
  family(
    "pod_memory_working_set_bytes",
    "gauge",
    pods.map(({ pod, labels }) => [labels, pod.memory?.workingSetBytes]),
  );
  family(
    "container_cpu_usage_seconds_total",
    "counter",
    containers.map((c) => [c.labels, cpu(c.container.cpu)]),
  );
  family(
    "container_memory_working_set_bytes",
    "gauge",
    containers.map((c) => [c.labels, c.container.memory?.workingSetBytes]),
  );
  family("resource_scrape_error", "gauge", [["", 0]]);
  return `${lines.join("\n")}\n`;
}
