import { existsSync, readFileSync } from "node:fs";
import { type CgroupSetup, cgroupSetup, probeCgroups } from "./cgroup-driver.ts";

/** What this machine gives containers; see `probeMachine`. */
export interface MachineFacts {
  readonly cgroups: CgroupSetup;
  /** The AppArmor module is enabled and its parser is there. */
  readonly apparmor: boolean;
  /** CAP_SYS_RESOURCE: oom_score_adj may be lowered and limits raised. */
  readonly sysResource: boolean;
  /** `6.1.0-18-amd64` as [6, 1]. */
  readonly kernel: readonly [major: number, minor: number];
}

const capSysResource = 24n;

/** Whether a capability stands in /proc/self/status' CapEff line. */
export function hasCapability(status: string, capability: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
}

/** `6.1.0-18-amd64` → [6, 1]; [0, 0] where it cannot be read. */
export function kernelVersion(release: string): readonly [number, number] {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0)];
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Looks at the machine. */
export function probeMachine(): MachineFacts {
  return {
    cgroups: cgroupSetup(probeCgroups()),
    apparmor:
      read("/sys/module/apparmor/parameters/enabled").trim() === "Y" &&
      ["/sbin/apparmor_parser", "/usr/sbin/apparmor_parser"].some((path) => existsSync(path)),
    sysResource: hasCapability(read("/proc/self/status"), capSysResource),
    kernel: kernelVersion(read("/proc/sys/kernel/osrelease")),
  };
}

/**
 * Whether the kernel can mount a file system of this type with mapped owners (mount_setattr, MOUNT_ATTR_IDMAP):
 * tmpfs only since 6.3, overlayfs since 5.19, the usual disk file systems since 5.12 or soon after.
 */
export function canMapOwners(kernel: readonly [number, number], fileSystem: string): boolean {
  const since: Readonly<Record<string, readonly [number, number]>> = {
    ext4: [5, 12],
    xfs: [5, 12],
    vfat: [5, 12],
    btrfs: [5, 15],
    overlayfs: [5, 19],
    erofs: [5, 19],
    squashfs: [6, 2],
    tmpfs: [6, 3],
  };
  const needed = since[fileSystem];
  if (needed === undefined) return false;
  return kernel[0] > needed[0] || (kernel[0] === needed[0] && kernel[1] >= needed[1]);
}

const fileSystemMagic: Readonly<Record<number, string>> = {
  61267: "ext4",
  1481003842: "xfs",
  2435016766: "btrfs",
  16914836: "tmpfs",
  2035054128: "overlayfs",
};

/** The name of a file system by its statfs type; "" when it is none that we know. */
export const fileSystemName = (type: number): string => fileSystemMagic[type] ?? "";
