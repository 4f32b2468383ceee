import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { StatusError } from "@bulkhead/api";
import type { ImageResolver, RegistryTokens } from "@bulkhead/apiserver";
import type { InstancePaths } from "@bulkhead/host";
import { createRegistryClient, type RegistryClient, RegistryError } from "@bulkhead/images";
import { parseImageReference } from "@bulkhead/policy";
import { signatureLookup } from "./image-signatures.ts";

/** Answers kept: one a template generation and image. */
const most = 4096;

/** Docker Hub's API answers under another name than its images carry. */
const apiHost = (registry: string): string => (registry === "docker.io" ? "registry-1.docker.io" : registry);

/** Whom the machine's registry sees when the API server itself resolves a tag. */
const resolverName = "system:apiserver";

/**
 * Resolves tags and looks for signatures at the registry that an image names: the machine's own with tokens to pull,
 * others anonymously over TLS.
 */
export function imageResolver(paths: InstancePaths, own: string, tokens: RegistryTokens): ImageResolver {
  const clients = new Map<string, Promise<RegistryClient>>();
  const known = new Map<string, Promise<string>>();

  const pullToken = async (scope: string): Promise<string> => {
    const name = /^repository:([^:]+):pull$/.exec(scope)?.[1];
    const access = name === undefined ? [] : [{ type: "repository" as const, name, actions: ["pull"] }];
    return tokens.issue(resolverName, access).token;
  };

  async function connect(registry: string): Promise<RegistryClient> {
    if (registry !== own) return createRegistryClient({ host: apiHost(registry), timeout: 10_000 });
    const ca = await readFile(join(paths.pki, "apiserver", "server-ca.crt"), "utf8");
    return createRegistryClient({ host: own, ca, tokenFor: pullToken, timeout: 10_000 });
  }

  function client(registry: string): Promise<RegistryClient> {
    const there = clients.get(registry);
    if (there !== undefined) return there;
    const made = connect(registry);
    clients.set(registry, made);
    made.catch(() => clients.delete(registry));
    return made;
  }

  const signatures = signatureLookup({ connect: client, now: Date.now });

  async function ask(image: string): Promise<string> {
    const reference = parseImageReference(image);
    if (reference.digest !== undefined) return reference.digest;
    try {
      return (await (await client(reference.registry)).resolve(reference.repository, reference.tag ?? "latest")).digest;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const reason = error.code === "absent" || error.code === "malformed" ? "BadRequest" : "ServiceUnavailable";
      throw new StatusError(
        {
          reason,
          message: `the tag of image "${image}" cannot be resolved to a digest: ${error.message}. Push the image, or write it with its digest (${reference.registry}/${reference.repository}@sha256:…)`,
        },
        error,
      );
    }
  }

  return {
    signatures: (image, needs) => {
      const { registry, repository, digest } = parseImageReference(image);
      return digest === undefined
        ? Promise.resolve(undefined)
        : signatures.factsOf({ registry, repository, digest }, needs);
    },
    resolve: (image, generation) => {
      if (generation === undefined) return ask(image);
      const key = `${generation}\n${image}`;
      const there = known.get(key);
      if (there !== undefined) return there;
      const asked = ask(image);
      known.set(key, asked);
      asked.catch(() => known.delete(key));
      const oldest = known.keys().next().value;
      if (known.size > most && oldest !== undefined) known.delete(oldest);
      return asked;
    },
  };
}
