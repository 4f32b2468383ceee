import { join } from "node:path";
import type { Puller, WorkloadImage } from "@bulkhead/controllers";
import type { InstancePaths } from "@bulkhead/host";
import { type RegistryClient, registryAndMirrors } from "@bulkhead/images";
import { followRegistries } from "./registries-copy.ts";
import { createRegistryAccess } from "./registry-access.ts";
import type { PullCredential } from "./registry-token-client.ts";

/** A client of an image's registry, with what its Deployment's images are pulled with, or with nobody's credentials. */
export type UpdateConnect = (
  image: Pick<WorkloadImage, "registry" | "repository" | "puller">,
) => Promise<RegistryClient>;

export interface UpdateRegistriesOptions {
  readonly paths: InstancePaths;
  /** `host:port` of the machine's own registry, where `tokenFor` gives tokens. */
  readonly own: string;
  readonly tokenFor: (scope: string) => Promise<string>;
  /** The credential of a Deployment for an image that it runs. */
  readonly credentialFor: PullCredential;
  readonly now: () => number;
}

/** A look at a registry asks several things of one repository. */
const kept = 60_000;
const most = 64;

/** How the update loop reaches registries: as root's file says, and with what the Deployment in question is pulled with. */
export function updateRegistries(options: UpdateRegistriesOptions): UpdateConnect {
  const { paths, own, tokenFor, credentialFor, now } = options;
  const ownCa = join(paths.pki, "controllers", "server-ca.crt");
  const access = createRegistryAccess({ own, ownCa, tokenFor, view: followRegistries(paths) });
  const known = new Map<string, { readonly until: number; readonly config: Promise<string | undefined> }>();

  function configOf(puller: Puller, image: string): Promise<string | undefined> {
    for (const [key, { until }] of known) if (until <= now()) known.delete(key);
    const key = JSON.stringify([puller.namespace, puller.deployment, image]);
    const there = known.get(key);
    if (there !== undefined) return there.config;
    const config = credentialFor(puller, image);
    if (known.size >= most) known.clear();
    known.set(key, { until: now() + kept, config });
    config.catch(() => known.delete(key));
    return config;
  }

  return async ({ registry, repository, puller }) => {
    const config =
      puller === undefined || registry === own ? undefined : await configOf(puller, `${registry}/${repository}`);
    const secrets =
      puller === undefined || config === undefined
        ? undefined
        : { namespace: puller.namespace, names: [], absent: [], key: "one", open: () => [{ name: "", config }] };
    return registryAndMirrors(await access.registries(secrets), registry);
  };
}
