import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, writeDurably } from "@bulkhead/host";
import type { RegistriesFile } from "@bulkhead/images";
import { type RegistryServer, registryHostsToml } from "@bulkhead/kubelet";
import { NodePolicyError, parseNodePolicy } from "@bulkhead/policy";
import { mirrorAuthorization, readMirrorCredentials } from "./mirror-credentials.ts";

const folder = (paths: InstancePaths): string => join(paths.containerd, "registries");

/** Docker Hub's API answers under another name than its images carry. */
const apiHost = (registry: string): string => (registry === "docker.io" ? "registry-1.docker.io" : registry);

/** A host as containerd reaches it: as the file says, and the machine's own as the node is known there. */
function serverOf(host: string, own: string, paths: InstancePaths, file: RegistriesFile): RegistryServer {
  const ours = (name: string): string => join(paths.pki, "agent", name);
  // The node pulls as itself: it shows its certificate where the registry sends it for a token.
  if (host === own)
    return {
      server: `https://${host}`,
      caFile: ours("server-ca.crt"),
      client: { certFile: ours("node.crt"), keyFile: ours("node.key") },
    };
  const { ca, plainHttp = false } = file.get(host) ?? {};
  return {
    server: `${plainHttp ? "http" : "https"}://${apiHost(host)}`,
    ...(ca === undefined ? {} : { caFile: authorityFile(paths, ca) }),
  };
}

/** Named by what it holds: a hosts.toml that is read meanwhile finds the authority it was written with. */
const authorityFile = (paths: InstancePaths, ca: string): string =>
  join(folder(paths), "authorities", `${createHash("sha256").update(ca).digest("hex").slice(0, 32)}.crt`);

async function written(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) !== text) await writeDurably(path, text, 0o600);
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

/**
 * Registries on loopback that the node may pull from: left to itself, containerd speaks plain HTTP with these, or takes
 * any certificate. Of a node that may pull from everywhere none is known.
 */
async function loopbackRegistries(paths: InstancePaths): Promise<readonly string[]> {
  const text = await readFile(paths.nodePolicy, "utf8").catch(() => undefined);
  if (text === undefined) return [];
  try {
    const { registries, allowances = [] } = parseNodePolicy(text);
    const timed = allowances.flatMap(({ rule, value }) => (rule === "registry" ? [value] : []));
    return [...registries, ...timed].map((one) => one.split("/")[0] ?? "").filter((host) => loopback.test(host));
  } catch (error) {
    if (error instanceof NodePolicyError) return [];
    throw error;
  }
}

/**
 * Writes what containerd goes by at each pull, a hosts.toml a registry, the machine's own among them, and removes those of
 * registries that the file no longer names. Changes no file that is right already. Gives what is wrong with the file of
 * mirrors' credentials, which then counts for nothing.
 */
export async function writeRegistryHosts(
  paths: InstancePaths,
  own: string,
  file: RegistriesFile,
): Promise<string | undefined> {
  const { secrets, fault } = await readMirrorCredentials(paths);
  const mirrorOf = (mirror: string): RegistryServer => {
    const authorization =
      mirror === own ? undefined : mirrorAuthorization(secrets, mirror, file.get(mirror)?.plainHttp === true);
    return { ...serverOf(mirror, own, paths, file), ...(authorization === undefined ? {} : { authorization }) };
  };
  const authorities = new Map(
    [...file.values()].flatMap(({ ca }) => (ca === undefined ? [] : [[authorityFile(paths, ca), ca]])),
  );
  await mkdir(join(folder(paths), "authorities"), { recursive: true, mode: 0o700 });
  for (const [path, ca] of authorities) await written(path, ca);
  // How the machine's own registry is reached is not for a file to say.
  const hosts = new Set([own, ...file.keys(), ...(await loopbackRegistries(paths))]);
  for (const host of hosts) {
    const at = join(folder(paths), host);
    await mkdir(at, { recursive: true, mode: 0o700 });
    const mirrors = host === own ? [] : (file.get(host)?.mirrors ?? []);
    const text = registryHostsToml({
      host,
      ...serverOf(host, own, paths, file),
      mirrors: mirrors.map(mirrorOf),
    });
    await written(join(at, "hosts.toml"), text);
  }
  for (const name of await readdir(folder(paths)))
    if (!hosts.has(name) && name !== "authorities") await rm(join(folder(paths), name), { recursive: true });
  for (const name of await readdir(join(folder(paths), "authorities")))
    if (!authorities.has(join(folder(paths), "authorities", name)))
      await rm(join(folder(paths), "authorities", name), { force: true });
  return fault;
}
