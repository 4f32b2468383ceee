import { join } from "node:path";
import { StatusError } from "@bulkhead/api";
import type { ImageResolver, PullSecrets, RegistryTokens } from "@bulkhead/apiserver";
import type { InstancePaths } from "@bulkhead/host";
import { RegistryError, signaturePlaces } from "@bulkhead/images";
import { parseImageReference } from "@bulkhead/policy";
import { signatureLookup } from "./image-signatures.ts";
import type { RegistriesView } from "./registries-copy.ts";
import { createRegistryAccess, type RegistryAccess } from "./registry-access.ts";

/** Answers kept: one a template generation and image. */
const most = 4096;

/** Whom the machine's registry sees when the API server itself resolves a tag. */
const resolverName = "system:apiserver";

/** How the API server reaches registries: the machine's own with tokens to pull, others as root's file says. */
export function apiServerRegistries(
  paths: InstancePaths,
  own: string,
  tokens: RegistryTokens,
  view: RegistriesView,
): RegistryAccess {
  const tokenFor = async (scope: string): Promise<string> => {
    const name = /^repository:([^:]+):pull$/.exec(scope)?.[1];
    const access = name === undefined ? [] : [{ type: "repository" as const, name, actions: ["pull"] }];
    return tokens.issue(resolverName, access).token;
  };
  return createRegistryAccess({ own, ownCa: join(paths.pki, "apiserver", "server-ca.crt"), tokenFor, view });
}

/** Resolves tags and looks for signatures at the registry that an image names, and its mirrors. */
export function imageResolver(access: RegistryAccess): ImageResolver {
  const known = new Map<string, Promise<string>>();
  const signatures = signatureLookup({ now: Date.now });

  async function ask(image: string, secrets: PullSecrets): Promise<string> {
    const { registry, repository, digest, tag = "latest" } = parseImageReference(image);
    if (digest !== undefined) return digest;
    const registries = await access.registries(secrets);
    try {
      return (await registries.ask(registry, repository, (client) => client.resolve(repository, tag))).digest;
    } catch (error) {
      if (error instanceof RegistryError) throw refusal(image, error, secrets);
      throw error;
    }
  }

  function refusal(image: string, error: RegistryError, secrets: PullSecrets): StatusError {
    const { registry, repository } = parseImageReference(image);
    const says = `the tag of image "${image}" cannot be resolved to a digest: ${error.message}`;
    const byDigest = `${registry}/${repository}@sha256:…`;
    switch (error.code) {
      case "unauthorized":
        return new StatusError(
          { reason: "Forbidden", message: `${says}. ${access.missing(registry, repository, secrets)}` },
          error,
        );
      case "absent":
      case "malformed":
        return new StatusError(
          { reason: "BadRequest", message: `${says}. Push the image, or write it with its digest (${byDigest})` },
          error,
        );
      case "unreachable":
      case "refused":
      case "digest-mismatch":
      case "too-large":
        return new StatusError(
          {
            reason: "ServiceUnavailable",
            message: `${says}. An image written with its digest (${byDigest}) is not asked for`,
          },
          error,
        );
    }
  }

  return {
    credential: (secrets, registry, repository) => access.narrowed(registry, repository, secrets),
    signatures: (image, needs, secrets) => {
      const { registry, repository, digest } = parseImageReference(image);
      return digest === undefined
        ? Promise.resolve(undefined)
        : signatures.factsOf({ registry, repository, digest }, needs, {
            key: access.key(secrets),
            connect: async () => signaturePlaces(await access.registries(secrets), registry, repository),
          });
    },
    resolve: (image, generation, secrets) => {
      if (generation === undefined) return ask(image, secrets);
      const key = `${generation}\n${image}\n${access.key(secrets)}`;
      const there = known.get(key);
      if (there !== undefined) return there;
      const asked = ask(image, secrets);
      known.set(key, asked);
      asked.catch(() => known.delete(key));
      const oldest = known.keys().next().value;
      if (known.size > most && oldest !== undefined) known.delete(oldest);
      return asked;
    },
  };
}
