import { statfsSync } from "node:fs";
import { mappings } from "../config/user-namespace.ts";
import { canMapOwners, fileSystemName } from "../containerd/machine.ts";
import type { CriMount } from "../cri/schema.ts";

/** How the files of volumes get the owners that a pod's user namespace sees: by mapped mounts, or by mapped ids. */
export interface MountOwners {
  readonly tmpfsMaps: boolean;
  /** Whether mounts from the pods' own disk can map owners. */
  diskMaps(this: void): boolean;
  /** Whether mounts from the file system that holds this path can. */
  pathMaps(this: void, path: string): boolean;
  /** What to add to a container's id to get the one on the file system. */
  base(this: void, userRange: number | undefined, maps: boolean): number;
  /** What a mount says of it. */
  mapping(this: void, userRange: number | undefined, maps: boolean): Pick<CriMount, "uidMappings" | "gidMappings">;
}

export function createMountOwners(root: string, kernel: readonly [number, number]): MountOwners {
  const pathMaps = (path: string): boolean => canMapOwners(kernel, fileSystemName(statfsSync(path).type));
  let disk: boolean | undefined;
  return {
    tmpfsMaps: canMapOwners(kernel, "tmpfs"),
    diskMaps: () => (disk ??= pathMaps(root)),
    pathMaps,
    base: (userRange, maps) => (maps ? 0 : (userRange ?? 0)),
    mapping: (userRange, maps) =>
      userRange === undefined || !maps ? {} : { uidMappings: mappings(userRange), gidMappings: mappings(userRange) },
  };
}
