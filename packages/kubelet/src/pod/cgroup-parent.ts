import type { Pod } from "@bulkhead/api";
import type { CgroupSetup } from "../containerd/cgroup-driver.ts";
import { podUid } from "./model.ts";
import { type QosClass, qosClass } from "./qos.ts";
import { cpuQuota, cpuShares, podTotal } from "./resources.ts";

/** `system.slice`-like names must not hold `-` of their own: it means nesting. */
const escape = (text: string): string => text.replaceAll("-", "_");

const qosPart: Readonly<Record<QosClass, string>> = {
  Guaranteed: "",
  Burstable: "burstable",
  BestEffort: "besteffort",
};

/** Names from the top to the pod's own group: `["kubepods", "burstable", "podUID"]`. */
export const cgroupPath = (root: string, pod: Pod): readonly string[] =>
  [root, qosPart[qosClass(pod)], `pod${podUid(pod)}`].filter((part) => part !== "");

/** What CRI takes as cgroup_parent: a path for cgroupfs, a slice's name for systemd. */
export function cgroupParent(setup: CgroupSetup, root: string, pod: Pod): string {
  const parts = cgroupPath(root, pod);
  return setup.driver === "systemd" ? `${parts.map(escape).join("-")}.slice` : `/${parts.join("/")}`;
}

/** A setting of one group: controller (v1's hierarchy), file, value. */
export interface CgroupSetting {
  readonly controller: string;
  readonly file: string;
  readonly value: string;
}

/** cpu.shares (2 … 262144) on v2's scale (1 … 10000). */
export const cpuWeight = (shares: number): number => Math.floor(1 + ((shares - 2) * 9999) / 262_142);

/** What bounds a pod as a whole: its requests as weight, its limits where every container has one, and its processes. */
export function podCgroupSettings(setup: CgroupSetup, pod: Pod, pidsLimit: number): readonly CgroupSetting[] {
  const shares = cpuShares(podTotal(pod, "requests", "cpu") ?? 0);
  const quota = cpuQuota(podTotal(pod, "limits", "cpu") ?? 0);
  const memory = podTotal(pod, "limits", "memory") ?? 0;
  const all: CgroupSetting[] =
    setup.version === "v1"
      ? [
          { controller: "cpu", file: "cpu.shares", value: String(shares) },
          ...(quota > 0 ? [{ controller: "cpu", file: "cpu.cfs_quota_us", value: String(quota) }] : []),
          ...(memory > 0 ? [{ controller: "memory", file: "memory.limit_in_bytes", value: String(memory) }] : []),
          { controller: "pids", file: "pids.max", value: String(pidsLimit) },
        ]
      : [
          { controller: "cpu", file: "cpu.weight", value: String(cpuWeight(shares)) },
          ...(quota > 0 ? [{ controller: "cpu", file: "cpu.max", value: `${quota} 100000` }] : []),
          ...(memory > 0 ? [{ controller: "memory", file: "memory.max", value: String(memory) }] : []),
          { controller: "pids", file: "pids.max", value: String(pidsLimit) },
        ];
  return all.filter(({ controller }) => setup.controllers.includes(controller));
}
