import type { Registries } from "./registries.ts";
import type { RegistryClient } from "./registry-client.ts";
import { RegistryError } from "./registry-error.ts";

const digestForm = /^sha256:[0-9a-f]{64}$/;

/**
 * A registry with its mirrors as one client. What a digest names is the same everywhere: mirrors first, in order. Which
 * tags and referrers there are the registry itself says, as a mirror may know few of them; its mirrors where it cannot be
 * reached. What is pushed goes to the registry.
 */
export function registryAndMirrors(registries: Registries, registry: string): RegistryClient {
  const places = (repository: string): RegistryClient[] =>
    registries.placesOf(registry, repository).map(({ client }) => client);
  const itself = (repository: string): RegistryClient => {
    const client = places(repository).at(-1);
    if (client === undefined) throw new RegistryError("unreachable", `registry ${registry}: there is no way to it`);
    return client;
  };

  async function itselfFirst<T>(repository: string, question: (client: RegistryClient) => Promise<T>): Promise<T> {
    try {
      return await question(itself(repository));
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== "unreachable") throw error;
      for (const mirror of places(repository).slice(0, -1)) {
        try {
          return await question(mirror);
        } catch (other) {
          if (!(other instanceof RegistryError) || other.code === "digest-mismatch") throw other;
        }
      }
      throw error;
    }
  }

  /** The first place that begins to send; one that breaks off is not gone on with elsewhere: its reader begins anew. */
  async function* streamed(repository: string, digest: string): AsyncGenerator<Uint8Array> {
    let last: unknown;
    for (const client of places(repository)) {
      const bytes = client.stream(repository, digest)[Symbol.asyncIterator]();
      let first: IteratorResult<Uint8Array, unknown>;
      try {
        first = await bytes.next();
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        last = error;
        continue;
      }
      try {
        for (let next = first; next.done !== true; next = await bytes.next()) yield next.value;
      } finally {
        await bytes.return?.();
      }
      return;
    }
    throw last;
  }

  return {
    resolve: (repository, reference) =>
      digestForm.test(reference)
        ? registries.ask(registry, repository, (client) => client.resolve(repository, reference))
        : itselfFirst(repository, (client) => client.resolve(repository, reference)),
    blob: (repository, digest, limit) =>
      registries.ask(registry, repository, (client) => client.blob(repository, digest, limit)),
    stream: streamed,
    tags: (repository, limit) => itselfFirst(repository, (client) => client.tags(repository, limit)),
    referrers: (repository, digest) => itselfFirst(repository, (client) => client.referrers(repository, digest)),
    copy: (repository, digest, open) => itself(repository).copy(repository, digest, open),
    push: (repository, tag, image) => itself(repository).push(repository, tag, image),
  };
}
