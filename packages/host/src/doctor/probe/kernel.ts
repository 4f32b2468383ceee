import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { MachineFacts } from "../facts.ts";
import { compareDebianVersions } from "../versions.ts";

/** A file's text; "" where it cannot be read. */
export const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

const entries = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

/** The running kernel, and the newest of those that lie in /boot if the running one lies there too. */
export function probeKernel(): MachineFacts["kernel"] {
  const release = textOf("/proc/sys/kernel/osrelease").trim();
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  const boot = entries("/boot")
    .filter((f) => f.startsWith("vmlinuz-"))
    .map((f) => f.slice("vmlinuz-".length));
  const newest = boot.includes(release) ? boot.toSorted(compareDebianVersions).at(-1) : undefined;
  return { release, version: [Number(major ?? 0), Number(minor ?? 0)], installed: newest };
}

/** Which control groups there are, from the table of mounts and the kernel's lists of controllers. */
export function cgroupsFrom(mountinfo: string, v2Controllers: string): MachineFacts["cgroups"] {
  const v1 = new Set<string>();
  let hasV2 = false;
  for (const line of mountinfo.split("\n")) {
    const [, kind = ""] = line.split(" - ");
    const [type, , options = ""] = kind.split(" ");
    if (type === "cgroup2") hasV2 = true;
    if (type === "cgroup") for (const word of options.split(",")) v1.add(word);
  }
  const known = ["cpu", "cpuset", "memory", "pids", "blkio", "devices"].filter((c) => v1.has(c));
  if (known.length > 0) return { mode: hasV2 ? "hybrid" : "v1", controllers: known };
  if (!hasV2) return { mode: "none", controllers: [] };
  return { mode: "v2", controllers: v2Controllers.trim().split(/\s+/) };
}

export const probeCgroups = (): MachineFacts["cgroups"] =>
  cgroupsFrom(textOf("/proc/self/mountinfo"), textOf("/sys/fs/cgroup/cgroup.controllers"));

export const probeApparmor = (): boolean =>
  textOf("/sys/module/apparmor/parameters/enabled").trim() === "Y" &&
  ["/sbin/apparmor_parser", "/usr/sbin/apparmor_parser"].some((path) => existsSync(path));

export const probeSeccomp = (): boolean => textOf("/proc/sys/kernel/seccomp/actions_avail").includes("errno");

/** In the order of the kernel's bits. */
const capabilityNames = (
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service " +
  "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin " +
  "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override " +
  "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
).split(" ");

/** What this machine's root may have at all: the bounding set in /proc/self/status. */
export function capabilitiesFrom(status: string): ReadonlySet<string> {
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return new Set(capabilityNames.filter((_, bit) => ((bounding >> BigInt(bit)) & 1n) === 1n));
}
