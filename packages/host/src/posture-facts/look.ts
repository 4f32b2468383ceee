import { existsSync, type Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NodePosture, Seen, SeenCertificate, SeenFile } from "@bulkhead/api";
import { knownEscapes } from "../doctor/escapes.ts";
import type { MachineFacts } from "../doctor/facts.ts";
import { hasEscape } from "../doctor/judge-parts.ts";
import { textOf } from "../doctor/probe/kernel.ts";
import { lookAtMachine } from "../doctor/probe/look.ts";
import { runningPrograms } from "../doctor/probe/neighbours.ts";
import { upstreamOf } from "../doctor/versions.ts";
import { type InstanceConfig, type InstancePaths, instancePaths, readInstance } from "../instance.ts";
import type { PartsManifest } from "../parts/install-parts.ts";
import { run } from "../run.ts";
import { blockReader } from "./block-reader.ts";
import { certificateFrom } from "./certificates.ts";
import { deviceNumber, isEncrypted, swapFrom } from "./disks.ts";
import { isLoopback, listenersFrom } from "./listeners.ts";
import type { MachinePosture } from "./machine-posture.ts";
import { distributionFrom, passwordLoginFrom, securityUpdatesIn, unattendedFrom } from "./packages.ts";
import { programsByInode } from "./programs.ts";
import { groupsFrom, openSockets, runtimeSockets } from "./sockets.ts";
import { lockdownFrom, sysctlsFrom } from "./sysctls.ts";

export interface PostureLook {
  /** The instance's folder. */
  readonly root: string;
  /** What the doctor saw, where it was asked already; else it is asked, without trying anything. */
  readonly machine?: MachineFacts;
  /** Also ask apt for updates that wait: a second or two. Default true. */
  readonly updates?: boolean;
}

/**
 * What the machine of an instance says of itself, for the caller's rights: what cannot be read is absent. Changes
 * nothing. Wants the machine that the instance runs on.
 */
export async function lookAtPosture(options: PostureLook): Promise<MachinePosture> {
  const paths = instancePaths(options.root);
  const config = await readInstance(options.root).catch(() => undefined);
  const machine = options.machine ?? (await lookAtMachine({ root: paths.root, parts: paths.parts, thorough: false }));
  const [files, certificates, diskEncrypted, openRuntimeSockets, pendingSecurityUpdates] = await Promise.all([
    config === undefined ? undefined : filesOf(paths, config),
    certificatesOf(paths),
    diskOf(paths),
    socketsOf(paths),
    options.updates === false ? undefined : updatesOf(),
  ]);
  const node: NodePosture = given<NodePosture>({
    ...kernelOf(machine),
    ...partsOf(machine.parts, paths),
    ...(await systemOf(machine)),
    listeners: listenersOf(config),
    files,
    diskEncrypted,
    openRuntimeSockets,
    pendingSecurityUpdates,
  });
  return { nodeName: config?.nodeName, node, ...(certificates === undefined ? {} : { certificates }) };
}

/** Without what is undefined. */
const given = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const seen = <T>(value: T | undefined, where: string): Seen<T> | undefined =>
  value === undefined ? undefined : { value, where };

const atLeast = ([major, minor]: readonly [number, number], [m, n]: readonly [number, number]): boolean =>
  major > m || (major === m && minor >= n);

function kernelOf({ kernel, cgroups, apparmor, userNamespaces, noswap }: MachineFacts): NodePosture {
  const sysctls = sysctlsFrom(textOf);
  const most = Number(sysctls["user.max_user_namespaces"] ?? Number.NaN);
  const spaces = userNamespaces === "unknown" ? (Number.isNaN(most) ? undefined : most > 0) : userNamespaces === "yes";
  const enforcing = textOf("/sys/fs/selinux/enforce").trim();
  const selinux = enforcing === "1" ? "enforcing" : enforcing === "0" ? "permissive" : undefined;
  // tmpfs has the option since Linux 6.4.
  const outOfSwap = noswap === "unknown" ? atLeast(kernel.version, [6, 4]) : noswap === "yes";
  return given<NodePosture>({
    kernel: seen(kernel.release, "/proc/sys/kernel/osrelease"),
    cgroupVersion: cgroups.mode === "none" ? undefined : seen(cgroups.mode === "v2" ? 2 : 1, "/proc/self/mountinfo"),
    apparmor: seen(apparmor, "/sys/module/apparmor"),
    selinux:
      selinux === undefined && existsSync("/sys/fs/selinux")
        ? undefined
        : seen(selinux ?? "disabled", "/sys/fs/selinux"),
    userNamespaces: seen(spaces, "/proc/sys/user/max_user_namespaces"),
    secretsOutOfSwap: seen(outOfSwap, `tmpfs of Linux ${kernel.release}`),
    sysctls: Object.keys(sysctls).length === 0 ? undefined : seen(sysctls, "/proc/sys"),
    kernelLockdown: seen(lockdownFrom(textOf("/sys/kernel/security/lockdown")), "/sys/kernel/security/lockdown"),
    swapEncrypted: seen(swapFrom(textOf("/proc/swaps"), blockReader), "/proc/swaps"),
  });
}

function partsOf(manifest: PartsManifest | undefined, { parts }: InstancePaths): NodePosture {
  if (manifest === undefined) return {};
  const where = `${parts}/parts.json`;
  const part = (name: string) => manifest.parts.find((one) => one.name === name);
  const flaws = (kind: "escape" | "weakness"): readonly string[] =>
    manifest.parts.flatMap((one) =>
      knownEscapes
        .filter((escape) => escape.kind === kind && escape.part === one.name && hasEscape(one, escape))
        .map(({ cve, lets }) => `${cve} in ${one.name} ${one.version}: ${lets}`),
    );
  const [containerd, runc] = [part("containerd"), part("runc")];
  if (containerd === undefined && runc === undefined) return {};
  return given<NodePosture>({
    runtime:
      containerd === undefined
        ? undefined
        : seen({ name: "containerd", version: upstreamOf(containerd.version), package: containerd.version }, where),
    runc: runc === undefined ? undefined : seen({ version: upstreamOf(runc.version), package: runc.version }, where),
    unfixedEscapes: seen(flaws("escape"), where),
    unfixedWeaknesses: seen(flaws("weakness"), where),
  });
}

const namesIn = (folder: string): Promise<readonly string[] | undefined> => readdir(folder).catch(() => undefined);

async function systemOf({ clock, kernel }: MachineFacts): Promise<NodePosture> {
  const newer = kernel.installed !== undefined && kernel.installed !== kernel.release;
  const asked = ["/run/reboot-required", "/var/run/reboot-required"].find((path) => existsSync(path));
  const reboot = asked !== undefined || newer;
  const apt = (await namesIn("/etc/apt/apt.conf.d"))?.toSorted();
  const unattended = unattendedFrom((apt ?? []).map((name) => textOf(`/etc/apt/apt.conf.d/${name}`)));
  const program = existsSync("/usr/bin/unattended-upgrade");
  return given<NodePosture>({
    distribution: seen(distributionFrom(textOf("/etc/os-release")), "/etc/os-release"),
    clockSynchronised:
      clock.synchronised === "unknown" ? undefined : seen(clock.synchronised === "yes", clock.by ?? "time service"),
    // Where neither a note nor a kernel to compare with is to be seen, nobody knows.
    rebootRequired:
      !reboot && kernel.installed === undefined
        ? undefined
        : seen(reboot, asked ?? (newer ? `/boot has Linux ${kernel.installed}` : "/boot, /run/reboot-required")),
    automaticUpdates: apt === undefined ? undefined : seen(unattended && program, "/etc/apt/apt.conf.d"),
    sshPasswordLogin: await sshOf(),
    auditd: seen(
      runningPrograms().some(({ name }) => name === "auditd"),
      "/proc",
    ),
  });
}

async function sshOf(): Promise<Seen<boolean> | undefined> {
  if (!existsSync("/usr/sbin/sshd")) return { value: false, where: "/usr/sbin/sshd is not there" };
  const main = await readFile("/etc/ssh/sshd_config", "utf8").catch(() => undefined);
  const more = await namesIn("/etc/ssh/sshd_config.d");
  if (main === undefined) return undefined;
  const included = /^\s*Include\s+\/etc\/ssh\/sshd_config\.d\/\*\.conf/m.test(main);
  const texts: string[] = [];
  for (const name of included ? (more ?? []).filter((n) => n.endsWith(".conf")).toSorted() : []) {
    const text = await readFile(`/etc/ssh/sshd_config.d/${name}`, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return { value: passwordLoginFrom([...texts, main]), where: "/etc/ssh/sshd_config" };
}

function listenersOf(config: InstanceConfig | undefined): NodePosture["listeners"] {
  const tables = [textOf("/proc/net/tcp"), textOf("/proc/net/tcp6")];
  if (tables[0] === "") return undefined;
  const programs = programsByInode();
  const meant = new Set(config === undefined ? [] : [config.port]);
  const value = listenersFrom(tables)
    .filter(({ address }) => !isLoopback(address))
    .map(({ inode, ...listener }) => {
      const program = programs.get(inode);
      return {
        ...listener,
        ...(program === undefined ? {} : { program }),
        ...(meant.has(listener.port) ? { meant: true } : {}),
      };
    });
  return { value, where: "/proc/net/tcp, /proc/net/tcp6" };
}

/** Files and folders of an instance with the most that they should be open; undefined where one may not be looked at. */
async function filesOf(paths: InstancePaths, config: InstanceConfig): Promise<Seen<readonly SeenFile[]> | undefined> {
  const { users } = config;
  const found: SeenFile[] = [];
  const look = async (path: string, most: string, owner?: number): Promise<boolean> => {
    let at: Stats;
    try {
      at = await stat(path);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ENOENT";
    }
    const mode = (at.mode & 0o7777).toString(8).padStart(3, "0");
    found.push({ path, mode, uid: at.uid, gid: at.gid, most, ...(owner === undefined ? {} : { owner }) });
    return true;
  };
  const whole: boolean[] = [
    await look(paths.config, "644"),
    await look(paths.nodePolicy, "644"),
    await look(paths.kubeconfig, "600"),
    await look(paths.apiserver, "700", users.apiserver),
    await look(join(paths.apiserver, "keys"), "700", users.apiserver),
    await look(paths.containerd, "711"),
    await look(paths.network, "700"),
    await look(join(paths.run, "table.json"), "600"),
  ];
  for (const [folder, most] of [
    ["ca", "700"],
    ["apiserver", "750"],
    ["controllers", "750"],
    ["agent", "750"],
    ["registry", "750"],
    ["admin", "750"],
  ] as const) {
    const at = join(paths.pki, folder);
    whole.push(await look(at, most));
    const names = existsSync(at) ? await namesIn(at) : [];
    if (names === undefined) return undefined;
    for (const name of names.filter((n) => n.endsWith(".key"))) whole.push(await look(join(at, name), "640"));
  }
  return whole.includes(false) || found.length === 0 ? undefined : { value: found, where: paths.root };
}

async function certificatesOf({ pki }: InstancePaths): Promise<readonly SeenCertificate[] | undefined> {
  const names = await readdir(pki, { recursive: true }).catch(() => undefined);
  if (names === undefined) return undefined;
  const found: SeenCertificate[] = [];
  // A copy of an authority lies in every folder whose process trusts it.
  const copies = new Set<string>();
  for (const name of names.filter((n) => n.endsWith(".crt")).toSorted()) {
    const text = await readFile(join(pki, name), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    if (copies.has(text)) continue;
    copies.add(text);
    const certificate = certificateFrom(text, join(pki, name));
    if (certificate !== undefined) found.push(certificate);
  }
  return found.length === 0 ? undefined : found;
}

async function diskOf({ root }: InstancePaths): Promise<Seen<boolean> | undefined> {
  const at = await stat(root).catch(() => undefined);
  return at === undefined
    ? undefined
    : seen(isEncrypted(deviceNumber(at.dev), blockReader), `the device under ${root}`);
}

async function socketsOf({ run: folder }: InstancePaths): Promise<Seen<readonly string[]> | undefined> {
  const looked = [];
  for (const path of [...runtimeSockets, join(folder, "containerd.sock")]) {
    const at = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? "");
    // A folder that keeps us out keeps others out as well.
    if (typeof at === "string" || !at.isSocket()) continue;
    let reachable = true;
    for (let above = dirname(path); above !== "/"; above = dirname(above)) {
      const mode = (await stat(above).catch(() => undefined))?.mode ?? 0;
      if ((mode & 0o001) === 0) reachable = false;
    }
    looked.push({ path, mode: at.mode, uid: at.uid, gid: at.gid, reachable });
  }
  const groups = textOf("/etc/group");
  return groups === "" ? undefined : { value: openSockets(looked, groupsFrom(groups)), where: "/run" };
}

const week = 7 * 86_400_000;

/** Of apt's lists as they lie there; older ones than a week say nothing of today. */
async function updatesOf(): Promise<Seen<number> | undefined> {
  const folder = "/var/lib/apt/lists";
  const lists = (await namesIn(folder))?.filter((name) => /security.*_(In)?Release$/.test(name)) ?? [];
  const [list] = lists;
  const at = list === undefined ? undefined : await stat(join(folder, list)).catch(() => undefined);
  const fetched = await stat(join(folder, "partial")).catch(() => undefined);
  const newest = Math.max(at?.mtimeMs ?? 0, fetched?.mtimeMs ?? 0);
  if (at === undefined || Date.now() - newest > week) return undefined;
  const asked = await run(["apt-get", "--simulate", "-o", "Debug::NoLocking=true", "upgrade"], {
    timeout: 30_000,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" },
  });
  const since = new Date(newest).toISOString().slice(0, 10);
  return asked.code === 0
    ? { value: securityUpdatesIn(asked.stdout), where: `apt, with lists of ${since}` }
    : undefined;
}
