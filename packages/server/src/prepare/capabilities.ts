import { readFileSync } from "node:fs";

/** In the order of their numbers. */
const names =
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore".split(
    " ",
  );

/** The names in a process' bounding set: what it and all that it starts can ever have. Default: this process. */
export function boundingSet(status = readFileSync("/proc/self/status", "utf8")): ReadonlySet<string> {
  const bits = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return new Set(names.filter((_, bit) => ((bits >> BigInt(bit)) & 1n) === 1n));
}

/** What the runtime gives a container that asks for nothing; a pod drops or adds. */
const ofContainers = [
  "audit_write",
  "chown",
  "dac_override",
  "fowner",
  "fsetid",
  "kill",
  "mknod",
  "net_bind_service",
  "net_raw",
  "setfcap",
  "setgid",
  "setpcap",
  "setuid",
  "sys_chroot",
];

/**
 * containerd, its shims, runc, the CNI plugins, and with them the most that a privileged container can have: mounts,
 * namespaces, cgroups and their device programs (`sys_admin`), links (`net_admin`), other users' namespaces
 * (`sys_ptrace`), what databases and vaults ask for of their own (`ipc_lock`, `sys_nice`), limits and out-of-memory scores (`sys_resource`), AppArmor profiles where there are any (`mac_admin`).
 */
export const containerdCapabilities = (apparmor: boolean): readonly string[] => [
  ...ofContainers,
  "ipc_lock",
  "net_admin",
  "sys_admin",
  "sys_nice",
  "sys_ptrace",
  "sys_resource",
  ...(apparmor ? ["mac_admin"] : []),
];

/** The agent, root's: mounts, namespaces, cgroups, other users' files, packet rules; no modules, no raw I/O. */
export const agentCapabilities: readonly string[] = [
  "chown",
  "dac_override",
  "fowner",
  "fsetid",
  "kill",
  "mknod",
  "net_admin",
  "net_bind_service",
  "net_raw",
  "setgid",
  "setpcap",
  "setuid",
  "sys_admin",
  "sys_chroot",
  "sys_ptrace",
  "sys_resource",
];

/** The supervisor passes on what its children need: containerd's hold the agent's. */
export const supervisorCapabilities = containerdCapabilities;

/** setpriv's words for it; a capability that this machine's root has not at all cannot be named. */
export const boundingWords = (wanted: readonly string[]): string[] => [
  "--bounding-set",
  ["-all", ...wanted.map((name) => `+${name}`)].join(","),
  "--inh-caps",
  "-all",
];
