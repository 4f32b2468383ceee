import { chmod, chown, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Container, EphemeralContainer, Pod } from "@bulkhead/api";
import { ConfigError } from "../config/config-error.ts";
import { expand } from "../config/expansion.ts";
import { type CriMount, mountPropagation } from "../cri/schema.ts";
import { podUid } from "../pod/model.ts";
import { bindTo } from "./bind.ts";
import { openBelow, resolveBelow } from "./descriptor-path.ts";
import { type PodFolders, podFolders } from "./folders.ts";
import { mountsBelow, unmount } from "./mount.ts";
import type { MountOwners } from "./mount-owners.ts";
import { isFiles } from "./payload.ts";

export interface MountFacts {
  /** First host id of the pod's user namespace; undefined: the host's users. */
  readonly userRange: number | undefined;
  /** The container's variables, for subPathExpr. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A container's mounts, its subPaths resolved now; among them the small files that the agent makes for it. */
export async function containerMounts(
  root: string,
  owners: MountOwners,
  pod: Pod,
  container: Container | EphemeralContainer,
  attempt: number,
  facts: MountFacts,
): Promise<CriMount[]> {
  const folders = podFolders(root, podUid(pod));
  const found: CriMount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = (pod.spec?.volumes ?? []).find(({ name }) => name === mount.name);
    if (volume === undefined) throw new ConfigError("BadReference", `volume "${mount.name}" is not in the pod`);
    const files = isFiles(volume);
    const memory = files || volume.emptyDir?.medium === "Memory";
    const whole = files
      ? folders.filesVolume(volume.name)
      : volume.hostPath === undefined
        ? folders.volume(volume.name)
        : folders.hostPath(volume.name);
    const maps = memory ? owners.tmpfsMaps : volume.hostPath === undefined ? owners.diskMaps() : owners.pathMaps(whole);
    const lookup = (name: string) => facts.variables.get(name);
    const subPath =
      mount.subPathExpr === undefined || mount.subPathExpr === ""
        ? (mount.subPath ?? "")
        : expandStrictly(mount.subPathExpr, lookup);
    const owner = owners.base(facts.userRange, maps);
    const source =
      subPath === "" ? whole : await bindSubPath(whole, subPath, folders.subPath(container.name, index), files, owner);
    const readonly = files || mount.readOnly === true;
    found.push({
      containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`,
      hostPath: source,
      readonly,
      recursiveReadOnly:
        readonly && (mount.recursiveReadOnly === "Enabled" || mount.recursiveReadOnly === "IfPossible"),
      propagation: propagations[mount.mountPropagation ?? "None"] ?? mountPropagation.PRIVATE,
      ...owners.mapping(facts.userRange, maps),
    });
  }
  return [...found, ...(await ownFiles(owners, pod, container, attempt, folders, facts.userRange, found))];
}

async function ownFiles(
  owners: MountOwners,
  pod: Pod,
  container: Container | EphemeralContainer,
  attempt: number,
  folders: PodFolders,
  userRange: number | undefined,
  taken: readonly CriMount[],
): Promise<CriMount[]> {
  const mounts: CriMount[] = [];
  const add = (name: string, containerPath: string): void => {
    if (taken.some((mount) => mount.containerPath === containerPath)) return;
    mounts.push({
      containerPath,
      hostPath: join(folders.bounded, name),
      readonly: container.securityContext?.readOnlyRootFilesystem === true && name !== wordsName,
      ...owners.mapping(userRange, owners.tmpfsMaps),
    });
  };
  const words = folders.lastWords(container.name, attempt);
  const wordsName = basename(words);
  if (pod.spec?.hostNetwork !== true) add("hosts", "/etc/hosts");
  add("hostname", "/etc/hostname");
  add("resolv", "/etc/resolv.conf");
  const path = container.terminationMessagePath ?? "/dev/termination-log";
  if (path !== "") {
    const owner = owners.base(userRange, owners.tmpfsMaps);
    await writeFile(words, "", { mode: 0o600 });
    await chown(words, owner, owner);
    // Written by whichever user the container runs as; what can reach it is the container alone.
    await chmod(words, 0o666);
    await rm(folders.lastWords(container.name, attempt - 2), { force: true });
    add(wordsName, path);
  }
  return mounts;
}

const propagations: Readonly<Record<string, number>> = {
  None: mountPropagation.PRIVATE,
  HostToContainer: mountPropagation.HOST_TO_CONTAINER,
  Bidirectional: mountPropagation.BIDIRECTIONAL,
};

/** subPathExpr must not silently turn into another folder because a variable is missing. */
function expandStrictly(expression: string, lookup: (name: string) => string | undefined): string {
  return expand(expression, (name) => {
    const value = lookup(name);
    if (value === undefined || value === "") {
      throw new ConfigError("BadReference", `subPathExpr "${expression}" names a variable that is not set: ${name}`);
    }
    return value;
  });
}

async function bindSubPath(
  volume: string,
  subPath: string,
  target: string,
  files: boolean,
  owner: number,
): Promise<string> {
  for (const point of await mountsBelow(target)) await unmount(point);
  await rm(target, { recursive: true, force: true });
  const parts = await resolveBelow(volume, subPath);
  const what = files ? "nothing" : "folder";
  const handle = await openBelow(volume, parts, { what, mode: 0o750, uid: owner, gid: owner });
  try {
    await bindTo(handle, target, "top");
  } finally {
    await handle.close();
  }
  return target;
}
