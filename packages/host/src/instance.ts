import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { readJsonIfThere } from "./read-if-there.ts";

/** Where an instance keeps what, below its root (default /var/lib/bulkhead). Every folder has one owner. */
export interface InstancePaths {
  readonly root: string;
  /** instance.json: what was decided at the first start. Root's. */
  readonly config: string;
  /** Private copies of containerd and the like. Root's, readable. */
  readonly parts: string;
  /** Bundled programs and the Node that runs them. Root's, readable. */
  readonly programs: string;
  /** Keys and certificates, a folder a process, each readable by its user only. */
  readonly pki: string;
  /** The API server's database and master key. */
  readonly apiserver: string;
  /** containerd's root and state, the kubelet's volumes. Root's, 0700. */
  readonly containerd: string;
  readonly kubelet: string;
  /** Images of the machine's own registry. */
  readonly registry: string;
  /** CNI configuration, the wrapped plugins, address leases. Root's. */
  readonly cni: string;
  /** The network agent's memory. Root's. */
  readonly network: string;
  /** Sockets and the table of processes. */
  readonly run: string;
  readonly logs: string;
  /** node-policy.json: what may run on this node, whatever the API says. Root's. */
  readonly nodePolicy: string;
  /** registries.json: how registries are reached (mirrors, authorities, plain HTTP). Root's; no secret in it. */
  readonly registries: string;
  /** The admin's kubeconfig, 0600. */
  readonly kubeconfig: string;
}

/** The paths of the instance at `root`. */
export function instancePaths(root: string): InstancePaths {
  const at = (name: string): string => join(resolve(root), name);
  return {
    root: resolve(root),
    config: at("instance.json"),
    parts: at("parts"),
    programs: at("programs"),
    pki: at("pki"),
    apiserver: at("apiserver"),
    containerd: at("containerd"),
    kubelet: at("kubelet"),
    registry: at("registry"),
    cni: at("cni"),
    network: at("network"),
    run: at("run"),
    logs: at("logs"),
    nodePolicy: at("node-policy.json"),
    registries: at("registries.json"),
    kubeconfig: at("admin.kubeconfig"),
  };
}

export type DefaultsMode = "bulkhead" | "kubernetes";

/** Unprivileged numeric users, one a process; no entries in /etc/passwd. */
export interface InstanceUsers {
  readonly apiserver: number;
  readonly controllers: number;
  readonly dns: number;
  readonly registry: number;
}

/** What an instance decided when it was first started. Later starts may change what is marked so. */
export interface InstanceConfig {
  readonly format: 1;
  /** Eight hexadecimal digits; names the network namespace, the nftables table, cgroups. */
  readonly id: string;
  readonly nodeName: string;
  readonly defaults: DefaultsMode;
  /** May change: where the API listens on the host. */
  readonly listen: string;
  readonly port: number;
  readonly registryPort: number;
  readonly agentPort: number;
  readonly users: InstanceUsers;
  readonly clusterDomain: string;
  /** May change: registries and paths that the default ImageTrustPolicy allows besides the machine's own. */
  readonly trust: readonly string[];
  /** May change: only the API server is started. */
  readonly onlyApiserver: boolean;
  /** May change, by hand: hours for which what a change's pods ask the API for is learned before new uses are told. Absent: 24. */
  readonly learningHours?: number;
}

export interface InstanceWish {
  readonly root: string;
  readonly defaults?: DefaultsMode;
  readonly listen?: string;
  readonly port?: number;
  readonly trust?: readonly string[];
  readonly onlyApiserver?: boolean;
}

/** The instance's configuration, or undefined where none was made. Throws SyntaxError on a damaged file. */
export const readInstance = (root: string): Promise<InstanceConfig | undefined> =>
  readJsonIfThere(instancePaths(root).config);

// As the ImageTrustPolicy that it becomes takes it.
const segment = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const trustPattern = new RegExp(
  `^(?:\\*|\\[[\\da-f:]+\\](?::\\d{1,5})?|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\\d{1,5})?)(?:/(?:\\*|${segment}(?:/${segment})*(?:/\\*)?))?$`,
);

/** What is wrong with a wish, in one line; undefined when it can be written down. */
export function wishFault(wish: InstanceWish): string | undefined {
  if (wish.listen !== undefined && isIP(wish.listen) === 0)
    return `--listen ${JSON.stringify(wish.listen)}: an IP address of this machine, or 0.0.0.0 for all of them`;
  const bad = wish.trust?.find((pattern) => !trustPattern.test(pattern));
  if (bad !== undefined)
    return `--trust ${JSON.stringify(bad)}: a registry, or a registry and a path, in lower case: registry.example.com/team/*`;
  return undefined;
}

/** Reads or makes the instance's configuration; what was decided at first stays. */
export async function settleInstance(wish: InstanceWish): Promise<InstanceConfig> {
  const paths = instancePaths(wish.root);
  const fault = wishFault(wish);
  if (fault !== undefined) throw new Error(fault);
  const was = await readInstance(wish.root);
  if (was !== undefined && wish.defaults !== undefined && wish.defaults !== was.defaults)
    throw new Error(
      `${paths.config}: this instance was made with --defaults=${was.defaults}; remove it first (bulkhead reset --root ${paths.root}), or take another --root`,
    );
  const port = wish.port ?? was?.port ?? 6443;
  const id = was?.id ?? randomBytes(4).toString("hex");
  const base = firstUser(id);
  const config: InstanceConfig = {
    format: 1,
    id,
    nodeName: was?.nodeName ?? nodeNameFrom(hostname()),
    defaults: was?.defaults ?? wish.defaults ?? "bulkhead",
    listen: wish.listen ?? was?.listen ?? "127.0.0.1",
    port,
    registryPort: was !== undefined && was.port === port ? was.registryPort : port + 2,
    agentPort: was !== undefined && was.port === port ? was.agentPort : port + 1,
    users: was?.users ?? { apiserver: base, controllers: base + 1, dns: base + 2, registry: base + 3 },
    clusterDomain: was?.clusterDomain ?? "cluster.local",
    trust: wish.trust ?? was?.trust ?? [],
    onlyApiserver: wish.onlyApiserver ?? was?.onlyApiserver ?? false,
    ...(was?.learningHours === undefined ? {} : { learningHours: was.learningHours }),
  };
  await mkdir(paths.root, { recursive: true, mode: 0o755 });
  await writeDurably(paths.config, `${JSON.stringify(config, undefined, 2)}\n`, 0o644);
  return config;
}

/** Where users of instances begin: above every pod's (see the server's ranges) and below 2^31. */
export const firstUserId = 0x7800_0000;

/** Four users in a row that no other instance has, but for a chance of one in sixteen million. */
const firstUser = (id: string): number => firstUserId + (Number.parseInt(id, 16) % 0x100_0000) * 4;

/** A machine's name as a Node's: lower case, letters, digits, `-` and `.`. */
export function nodeNameFrom(name: string): string {
  const clean = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
    .slice(0, 63);
  return clean === "" ? "node" : clean;
}

/** Whose a file is to be. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes a file beside and renames it: after a power cut it holds the old or the new text, whole. The file is a fresh one
 * under a name nobody knows, and given its owner by descriptor: a folder's other writers cannot lead it elsewhere.
 */
export async function writeDurably(
  path: string,
  text: string | Uint8Array,
  mode: number,
  owner?: FileOwner,
): Promise<void> {
  const beside = `${path}.${randomBytes(8).toString("hex")}.new`;
  const file = await open(
    beside,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.writeFile(text);
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.sync();
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
