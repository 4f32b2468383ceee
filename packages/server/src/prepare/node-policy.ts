import { readFile } from "node:fs/promises";
import { type InstanceConfig, type InstancePaths, writeDurably } from "@bulkhead/host";
import { copyNodePolicy } from "../wiring/node-policy-copy.ts";
import { registryHost } from "./registry.ts";

/**
 * Writes the node's own policy where there is none: the agent holds every pod against it, whatever the API says. A file
 * that a person changed is kept; only registries named by --trust are added to it.
 */
export async function prepareNodePolicy(config: InstanceConfig, paths: InstancePaths): Promise<void> {
  const there = await readFile(paths.nodePolicy, "utf8").catch(() => undefined);
  const wanted = [registryHost(config), ...config.trust];
  const open = config.defaults === "kubernetes";
  const policy =
    there === undefined
      ? {
          privilegedNamespaces: open ? ["*"] : [],
          hostPaths: open ? [{ path: "/", readOnly: false }] : [],
          registries: open ? ["*"] : wanted,
        }
      : (JSON.parse(there) as { registries: string[] });
  const missing = policy.registries.includes("*") ? [] : wanted.filter((r) => !policy.registries.includes(r));
  if (there === undefined || missing.length > 0) {
    const text = JSON.stringify({ ...policy, registries: [...policy.registries, ...missing] }, undefined, 2);
    await writeDurably(paths.nodePolicy, `${text}\n`, 0o600);
  }
  await copyNodePolicy(paths);
}
