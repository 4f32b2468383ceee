import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OwnRegistry } from "../image/open-target.ts";
import { type Cluster, openCluster } from "./cluster.ts";
import { knownInstances } from "./find-instance.ts";
import { registryTokenFrom } from "./registry-token.ts";

/** The registry of the instance on this machine, with what the asking user may there; for whoever may read its authority: root. */
export async function ownRegistryOf({ client, instance, paths }: Cluster): Promise<OwnRegistry | undefined> {
  if (instance === undefined) return undefined;
  try {
    const ca = await readFile(join(paths.pki, "registry", "server-ca.crt"), "utf8");
    return { host: `127.0.0.1:${instance.registryPort}`, ca, tokenFor: registryTokenFrom(client) };
  } catch {
    return undefined;
  }
}

/**
 * The registry that a reference names, where it is that of an instance on this machine whose admin the asking user may be.
 * `close` when it is asked no more.
 */
export async function ownRegistryNamed(
  reference: string,
): Promise<{ readonly registry: OwnRegistry; close(): void } | undefined> {
  const port = /^127\.0\.0\.1:(\d+)\//.exec(reference)?.[1];
  if (port === undefined) return undefined;
  const named = (await knownInstances()).find(({ config }) => config.registryPort === Number(port));
  if (named === undefined) return undefined;
  const cluster = await openCluster({ root: named.root }).catch(() => undefined);
  if (cluster === undefined) return undefined;
  const registry = await ownRegistryOf(cluster);
  if (registry !== undefined) return { registry, close: () => cluster.client.close() };
  cluster.client.close();
  return undefined;
}
