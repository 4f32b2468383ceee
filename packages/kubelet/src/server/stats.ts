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

const value = (name: string, usage: Usage) => (usage === undefined ? {} : { [name]: usage.value });

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

function containerOf(stats: CriContainerStats, now: number): object {
  return {
    name: stats.attributes?.metadata?.name ?? "",
    startTime: time(undefined, now),
    cpu: cpuOf(stats.cpu, now),
    memory: memoryOf(stats.memory, now),
    rootfs: { time: time(stats.writableLayer?.timestamp, now), ...value("usedBytes", stats.writableLayer?.usedBytes) },
  };
}

function podOf(stats: CriSandboxStats, now: number): object {
  const of = (label: string): string => stats.attributes?.labels[label] ?? "";
  const link = stats.linux?.network?.defaultInterface;
  return {
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
export async function statsSummary(cri: CriClient, nodeName: string, root: string, now: number): Promise<object> {
  const [{ stats }, disk] = await Promise.all([cri.call("ListPodSandboxStats", {}), statfs(root)]);
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) * 1024;
  const used = totalmem() - available;
  return {
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
}
