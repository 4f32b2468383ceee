import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type InstanceConfig, type InstancePaths, writeDurably } from "@bulkhead/host";
import { containerdConfig, probeMachine } from "@bulkhead/kubelet";
import { publishRegistries } from "../wiring/registries-copy.ts";
import { containerdSocket, pauseImage } from "./names.ts";
import { registryHost } from "./registry.ts";
import { writeRegistryHosts } from "./registry-hosts.ts";

/** Writes containerd's configuration, and how it reaches registries: the machine's own and those of root's file. */
export async function prepareContainerd(config: InstanceConfig, paths: InstancePaths): Promise<string> {
  const at = (name: string): string => join(paths.containerd, name);
  for (const folder of ["root", "opt", "registries"]) await mkdir(at(folder), { recursive: true, mode: 0o700 });
  await writeRegistryHosts(paths, registryHost(config), (await publishRegistries(paths)).file);
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
