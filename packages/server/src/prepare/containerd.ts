import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type InstanceConfig, type InstancePaths, writeDurably } from "@bulkhead/host";
import { containerdConfig, probeMachine, registryHostsToml } from "@bulkhead/kubelet";
import { containerdSocket, pauseImage } from "./names.ts";
import { registryHost } from "./registry.ts";

/** Writes containerd's configuration and the registry it may pull from with our authority's certificate. */
export async function prepareContainerd(config: InstanceConfig, paths: InstancePaths): Promise<string> {
  const at = (name: string): string => join(paths.containerd, name);
  for (const folder of ["root", "opt", "registries"]) await mkdir(at(folder), { recursive: true, mode: 0o700 });
  const host = registryHost(config);
  await mkdir(join(at("registries"), host), { recursive: true, mode: 0o700 });
  const ours = (name: string): string => join(paths.pki, "agent", name);
  const hosts = registryHostsToml({
    host,
    caFile: ours("server-ca.crt"),
    // The node pulls as itself: it shows its certificate where the registry sends it for a token.
    client: { certFile: ours("node.crt"), keyFile: ours("node.key") },
  });
  await writeDurably(join(at("registries"), host, "hosts.toml"), hosts, 0o600);
  const text = containerdConfig({
    root: at("root"),
    state: join(paths.run, "containerd"),
    socket: containerdSocket(paths),
    opt: at("opt"),
    runc: join(paths.parts, "bin", "runc"),
    cni: { configDir: join(paths.cni, "conf"), binDir: join(paths.cni, "bin") },
    registryHosts: at("registries"),
    pauseImage,
    machine: probeMachine(),
  });
  await writeDurably(at("config.toml"), text, 0o600);
  return at("config.toml");
}
