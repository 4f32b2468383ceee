import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Pod } from "@bulkhead/api";
import type { CgroupSetup } from "../containerd/cgroup-driver.ts";
import { type CgroupSetting, cgroupPath, podCgroupSettings } from "./cgroup-parent.ts";

const run = promisify(execFile);

/** Pods' control groups: made before the sandbox, removed after it. */
export interface PodCgroups {
  ensure(pod: Pod): Promise<void>;
  /** By uid, as the pod's spec may be gone. */
  remove(uid: string): Promise<void>;
}

export interface PodCgroupOptions {
  readonly setup: CgroupSetup;
  /** The name under which all pods of this instance live, e.g. `bulkhead`. */
  readonly root: string;
  readonly pidsLimit: number;
  readonly mountPoint?: string;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

export function createPodCgroups(options: PodCgroupOptions): PodCgroups {
  const { setup, root, pidsLimit, mountPoint = "/sys/fs/cgroup" } = options;
  return setup.driver === "systemd"
    ? systemdCgroups(setup, root, pidsLimit)
    : directCgroups(setup, root, pidsLimit, mountPoint);
}

/** Made by mkdir in every hierarchy that we limit; runc makes the rest. */
function directCgroups(setup: CgroupSetup, root: string, pidsLimit: number, mountPoint: string): PodCgroups {
  const controllers = ["cpu", "memory", "pids"].filter((name) => setup.controllers.includes(name));
  const tops = setup.version === "v1" ? controllers.map((name) => join(mountPoint, name)) : [mountPoint];
  const delegate = async (folder: string): Promise<void> => {
    if (setup.version === "v1") return;
    const control = join(folder, "cgroup.subtree_control");
    const given = new Set((await readFile(control, "utf8")).trim().split(" "));
    // A group that holds processes takes no change, and needs none where its controllers are passed on already.
    const missing = controllers.filter((name) => !given.has(name));
    if (missing.length > 0) await writeFile(control, missing.map((name) => `+${name}`).join(" "));
  };
  return {
    ensure: async (pod) => {
      const parts = cgroupPath(root, pod);
      for (const top of tops) {
        let folder = top;
        for (const part of parts) {
          await delegate(folder);
          folder = join(folder, part);
          await mkdir(folder, { recursive: true });
        }
        await delegate(folder);
      }
      for (const { controller, file, value } of podCgroupSettings(setup, pod, pidsLimit)) {
        const top = setup.version === "v1" ? join(mountPoint, controller) : mountPoint;
        await writeFile(join(top, ...parts, file), value);
      }
    },
    remove: async (uid) => {
      const everywhere = setup.version === "v1" ? await readdir(mountPoint) : [""];
      for (const top of everywhere) {
        for (const qos of ["", "burstable", "besteffort"]) {
          await removeTree(join(mountPoint, top, root, qos, `pod${uid}`));
        }
      }
    },
  };
}

/**
 * Removes the group that holds all pods of an instance, from every hierarchy (the runtime makes it in all of them).
 * For an instance that is taken off the machine: fails while anything still runs in it.
 */
export async function removePodCgroups(root: string, mountPoint = "/sys/fs/cgroup"): Promise<void> {
  for (const top of ["", ...(await readdir(mountPoint))]) {
    await removeTree(join(mountPoint, top, root));
    await removeTree(join(mountPoint, top, `${root.replaceAll("-", "_")}.slice`));
  }
}

/** Groups are removed from the leaves up; only directories can be. */
async function removeTree(folder: string): Promise<void> {
  try {
    const inside = await readdir(folder, { withFileTypes: true });
    for (const entry of inside) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
    await rmdir(folder);
  } catch (error) {
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== "ENOTDIR") throw error;
  }
}

const systemdProperty: Readonly<Record<string, (value: string) => string>> = {
  "cpu.weight": (value) => `CPUWeight=${value}`,
  "cpu.max": (value) => `CPUQuota=${Number(value.split(" ")[0]) / 1000}%`,
  "memory.max": (value) => `MemoryMax=${value}`,
  "pids.max": (value) => `TasksMax=${value}`,
};

/** Slices that systemd makes on demand; their limits are runtime properties, gone with a reboot as the pods are. */
function systemdCgroups(setup: CgroupSetup, root: string, pidsLimit: number): PodCgroups {
  const escape = (text: string) => text.replaceAll("-", "_");
  const slice = (parts: readonly string[]) => `${parts.map(escape).join("-")}.slice`;
  return {
    ensure: async (pod) => {
      const name = slice(cgroupPath(root, pod));
      const properties = podCgroupSettings(setup, pod, pidsLimit)
        .map(({ file, value }: CgroupSetting) => systemdProperty[file]?.(value))
        .filter((line) => line !== undefined);
      await run("systemctl", ["start", name]);
      await run("systemctl", ["set-property", "--runtime", name, ...properties]);
    },
    remove: async (uid) => {
      for (const qos of ["", "burstable", "besteffort"]) {
        const name = slice([root, qos, `pod${uid}`].filter((part) => part !== ""));
        const active = await run("systemctl", ["is-active", "--quiet", name]).then(
          () => true,
          () => false,
        );
        if (!active) continue;
        await run("systemctl", ["stop", name]);
        await run("systemctl", ["revert", name]);
      }
    },
  };
}
