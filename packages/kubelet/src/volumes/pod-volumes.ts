import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Container,
  type EphemeralContainer,
  type Log,
  type Pod,
  parseQuantity,
  quantityValue,
  type Volume,
} from "@bulkhead/api";
import { ConfigError } from "../config/config-error.ts";
import type { MachineFacts } from "../containerd/machine.ts";
import type { CriMount } from "../cri/schema.ts";
import { podUid } from "../pod/model.ts";
import { podTotal } from "../pod/resources.ts";
import { writeAtomically } from "./atomic-writer.ts";
import { bindTo } from "./bind.ts";
import { containerMounts, type MountFacts } from "./container-mounts.ts";
import { type PodFolders, podFolders } from "./folders.ts";
import { openHostPath } from "./host-path.ts";
import { mountsBelow, mountTmpfs, unmount } from "./mount.ts";
import { createMountOwners } from "./mount-owners.ts";
import { fileMode, filesOwnership } from "./ownership.ts";
import { isFiles, type PayloadFacts, payload } from "./payload.ts";

export interface PodVolumesOptions {
  readonly root: string;
  readonly machine: Pick<MachineFacts, "kernel">;
  readonly log: Log;
}

/** What a pod's volumes need to know of it. */
export interface VolumeFacts extends PayloadFacts {
  /** First host id of the pod's user namespace; undefined: the host's users. */
  readonly userRange: number | undefined;
}

/** The small files that every container sees, made by the agent. */
interface PodFiles {
  readonly hosts: string;
  readonly hostname: string;
  readonly resolv: string;
}

/** A pod's volumes on this machine: made, refreshed, handed to containers, and taken away. */
export interface PodVolumes {
  /** Makes what is missing; safe to repeat. Failures are ConfigError or MountError. */
  prepare(pod: Pod, files: PodFiles, facts: VolumeFacts): Promise<void>;
  /** Writes changed ConfigMaps, Secrets, tokens and labels anew. */
  refresh(pod: Pod, facts: VolumeFacts): Promise<void>;
  /** A container's mounts, its subPaths resolved now; and the file for its last words. */
  mounts(pod: Pod, container: Container | EphemeralContainer, attempt: number, facts: MountFacts): Promise<CriMount[]>;
  /** Where a container's last words stand. */
  lastWords(uid: string, container: string, attempt: number): string;
  /** Unmounts everything and removes the volumes; the pod's folder stays. */
  release(uid: string): Promise<void>;
  /** Removes the pod's folder. */
  forget(uid: string): Promise<void>;
}

const perContainer = 16 * 1024;
const smallest = 64 * 1024;
const filesSize = 64 * 1024 * 1024;
const noSwapSince = [6, 4] as const;

const atLeast = (kernel: readonly [number, number], since: readonly [number, number]): boolean =>
  kernel[0] > since[0] || (kernel[0] === since[0] && kernel[1] >= since[1]);

const allContainers = (pod: Pod): number =>
  (pod.spec?.initContainers?.length ?? 0) +
  (pod.spec?.containers.length ?? 0) +
  (pod.spec?.ephemeralContainers?.length ?? 0);

export function createPodVolumes(options: PodVolumesOptions): PodVolumes {
  const { root, log } = options;
  const { kernel } = options.machine;
  const owners = createMountOwners(root, kernel);
  const { tmpfsMaps, diskMaps, base } = owners;
  const noSwap = atLeast(kernel, noSwapSince);

  async function ensureTmpfs(mounted: ReadonlySet<string>, target: string, make: Parameters<typeof mountTmpfs>[1]) {
    await mkdir(target, { recursive: true, mode: 0o700 });
    if (!mounted.has(target)) await mountTmpfs(target, make);
  }

  async function prepareBounded(
    pod: Pod,
    files: PodFiles,
    folders: PodFolders,
    mounted: ReadonlySet<string>,
    userRange: number | undefined,
  ): Promise<void> {
    const content = files.hosts.length + files.resolv.length + files.hostname.length;
    await ensureTmpfs(mounted, folders.bounded, {
      size: smallest + content * 2 + perContainer * allContainers(pod),
      inodes: 64 + 8 * allContainers(pod),
      mode: "0700",
      noSwap,
      noExec: true,
    });
    const owner = base(userRange, tmpfsMaps);
    for (const [name, text] of Object.entries(files) as [string, string][]) {
      const path = join(folders.bounded, name);
      // Containers may change these files. They are written anew, in place, only when we would write something else
      // than the last time: a new sandbox has another address.
      const origin = join(folders.bounded, `${name}.origin`);
      if ((await readFile(origin, "utf8").catch(() => undefined)) === text) continue;
      await writeFile(path, text, { mode: 0o644 });
      await chown(path, owner, owner);
      await writeFile(origin, text, { mode: 0o600 });
    }
  }

  async function prepareEmptyDir(
    pod: Pod,
    volume: Volume,
    folders: PodFolders,
    mounted: ReadonlySet<string>,
    userRange: number | undefined,
  ): Promise<void> {
    const { medium, sizeLimit } = volume.emptyDir ?? {};
    const path = folders.volume(volume.name);
    const memory = medium === "Memory";
    if (medium !== undefined && medium !== "" && !memory) {
      throw new ConfigError("Unsupported", `emptyDir medium "${medium}" is not supported`);
    }
    const fresh = !(await exists(path));
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (memory && !mounted.has(path)) {
      const size =
        sizeLimit === undefined ? podTotal(pod, "limits", "memory") : quantityValue(parseQuantity(sizeLimit));
      await mountTmpfs(path, { ...(size === undefined || size === 0 ? {} : { size }), mode: "0777" });
    } else if (!fresh) {
      return;
    }
    const owner = base(userRange, memory ? tmpfsMaps : diskMaps());
    const group = pod.spec?.securityContext?.fsGroup;
    await chown(path, owner, owner + (group ?? 0));
    await chmod(path, group === undefined ? 0o777 : 0o2777);
  }

  async function writeFiles(pod: Pod, volume: Volume, folders: PodFolders, facts: VolumeFacts): Promise<void> {
    const files = await payload(pod, volume, facts);
    if (files === undefined) return;
    const owner = filesOwnership(pod, base(facts.userRange, tmpfsMaps));
    const path = folders.filesVolume(volume.name);
    await mkdir(path, { recursive: true, mode: 0o755 });
    await chmod(path, 0o755);
    const owned = files.map((file) => ({
      ...file,
      mode: fileMode(file.mode, pod, owner),
      uid: owner.uid,
      gid: owner.gid,
    }));
    if (await writeAtomically(path, owned, owner.gid)) {
      log.debug({ pod: pod.metadata.name, namespace: pod.metadata.namespace, volume: volume.name }, "volume written");
    }
  }

  async function prepareHostPath(volume: Volume, folders: PodFolders, mounted: ReadonlySet<string>) {
    const { path, type } = volume.hostPath ?? { path: "" };
    const target = folders.hostPath(volume.name);
    if (mounted.has(target)) return;
    const handle = await openHostPath(path, type ?? "");
    try {
      await bindTo(handle, target, "whole");
    } finally {
      await handle.close();
    }
  }

  return {
    prepare: async (pod, files, facts) => {
      const folders = podFolders(root, podUid(pod));
      await mkdir(folders.pod, { recursive: true, mode: 0o700 });
      const { userRange } = facts;
      const mounted = new Set(await mountsBelow(folders.pod));
      await prepareBounded(pod, files, folders, mounted, userRange);
      const volumes = pod.spec?.volumes ?? [];
      if (volumes.some((volume) => isFiles(volume))) {
        await ensureTmpfs(mounted, folders.files, { size: filesSize, mode: "0700", noSwap, noExec: true });
      }
      for (const volume of volumes) {
        if (volume.emptyDir !== undefined) await prepareEmptyDir(pod, volume, folders, mounted, userRange);
        else if (volume.hostPath !== undefined) await prepareHostPath(volume, folders, mounted);
        else if (isFiles(volume)) await writeFiles(pod, volume, folders, facts);
        else throw new ConfigError("Unsupported", `volume "${volume.name}" is of a kind that this node cannot provide`);
      }
    },
    refresh: async (pod, facts) => {
      const folders = podFolders(root, podUid(pod));
      for (const volume of pod.spec?.volumes ?? []) if (isFiles(volume)) await writeFiles(pod, volume, folders, facts);
    },
    mounts: (pod, container, attempt, facts) => containerMounts(root, owners, pod, container, attempt, facts),
    lastWords: (uid, container, attempt) => podFolders(root, uid).lastWords(container, attempt),
    release: async (uid) => {
      for (const point of await mountsBelow(podFolders(root, uid).pod)) await unmount(point);
      const folders = podFolders(root, uid);
      for (const name of ["volumes", "files", "host-paths", "sub-paths"]) {
        await rm(join(folders.pod, name), { recursive: true, force: true });
      }
    },
    forget: async (uid) => {
      const { pod } = podFolders(root, uid);
      const left = await mountsBelow(pod);
      // Never remove through a mount: what lies beneath may be the host's.
      for (const point of left) await unmount(point);
      await rm(pod, { recursive: true, force: true });
    },
  };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
