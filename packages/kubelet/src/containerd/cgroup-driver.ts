import { existsSync, readFileSync, statfsSync } from "node:fs";

type CgroupVersion = "v1" | "v2";
type CgroupDriver = "cgroupfs" | "systemd";

/** What the machine shows about its control groups. */
export interface CgroupFacts {
  /** /sys/fs/cgroup is a cgroup2 file system with controllers. */
  readonly unified: boolean;
  /** /run/systemd/system is there: systemd runs as init. */
  readonly systemd: boolean;
  /** Controllers that can be used, of either version. */
  readonly controllers: readonly string[];
}

/** How pods' control groups are made here. */
export interface CgroupSetup {
  readonly version: CgroupVersion;
  readonly driver: CgroupDriver;
  readonly controllers: readonly string[];
}

/**
 * systemd must be the only one that writes a unified hierarchy that it manages, so there it is the driver; a v1
 * hierarchy, or a machine without systemd, is written directly.
 */
export function cgroupSetup(facts: CgroupFacts): CgroupSetup {
  return {
    version: facts.unified ? "v2" : "v1",
    driver: facts.systemd && facts.unified ? "systemd" : "cgroupfs",
    controllers: facts.controllers,
  };
}

const cgroup2Magic = 0x63677270;

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Reads the facts from the machine. */
export function probeCgroups(root = "/sys/fs/cgroup"): CgroupFacts {
  let magic = 0;
  try {
    magic = statfsSync(root).type;
  } catch {
    // No control groups mounted: nothing is unified and no controller is there.
  }
  const unifiedControllers = read(`${root}/cgroup.controllers`).trim();
  const unified = magic === cgroup2Magic && unifiedControllers !== "";
  const legacy = read("/proc/cgroups")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/))
    .filter(([, hierarchy, , enabled]) => hierarchy !== "0" && enabled === "1")
    .map(([name]) => name ?? "");
  return {
    unified,
    systemd: existsSync("/run/systemd/system"),
    controllers: unified ? unifiedControllers.split(/\s+/) : legacy,
  };
}
