import type { Registries } from "../registry/registries.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { RegistryError } from "../registry/registry-error.ts";
import type { SignatureRegistry } from "./collect.ts";

/**
 * Where signatures of an image are looked for: at the registry itself, since a mirror need not hold them; at its mirrors
 * in order once the registry cannot be reached. Signatures prove themselves, wherever they lie. For one search: a place
 * that could not be reached is not tried again.
 */
export function signaturePlaces(registries: Registries, registry: string, repository: string): SignatureRegistry {
  const all = registries.placesOf(registry, repository);
  const places = [...all.slice(-1), ...all.slice(0, -1)].map(({ client }) => client);
  let at = 0;
  async function ask<T>(question: (client: RegistryClient) => Promise<T>): Promise<T> {
    for (;;) {
      const tried = at;
      const client = places[tried];
      if (client === undefined)
        throw new RegistryError("unreachable", `registry ${registry}: neither it nor a mirror answers`);
      try {
        return await question(client);
      } catch (error) {
        const last = tried + 1 >= places.length;
        if (last || !(error instanceof RegistryError) || error.code !== "unreachable") throw error;
        // Others that ask at the same moment found the same.
        at = Math.max(at, tried + 1);
      }
    }
  }
  return {
    resolve: (name, reference) => ask((client) => client.resolve(name, reference)),
    blob: (name, digest, limit) => ask((client) => client.blob(name, digest, limit)),
    referrers: (name, digest) => ask((client) => client.referrers(name, digest)),
  };
}
