import { join } from "node:path";
import type { InstancePaths } from "@bulkhead/host";
import { type RegistryClient, registryAndMirrors } from "@bulkhead/images";
import { followRegistries } from "./registries-copy.ts";
import { createRegistryAccess } from "./registry-access.ts";

/**
 * Clients of registries by name for the update loop: the machine's own with tokens of `tokenFor`, others with mirrors and
 * authorities as root's file says, and nobody's pull secrets: what may read every namespace's Secrets is not to be here.
 */
export function updateRegistries(
  paths: InstancePaths,
  own: string,
  tokenFor: (scope: string) => Promise<string>,
): (registry: string) => Promise<RegistryClient> {
  const access = createRegistryAccess({
    own,
    ownCa: join(paths.pki, "controllers", "server-ca.crt"),
    tokenFor,
    view: followRegistries(paths),
  });
  return async (registry) => registryAndMirrors(await access.registries(), registry);
}
