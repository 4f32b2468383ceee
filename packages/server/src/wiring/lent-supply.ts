import { type FetchFile, type RegistryClient, RegistryError } from "@bulkhead/images";
import type { ImageReference } from "@bulkhead/policy";
import type { LentSupply } from "../scanning/borrow-worker.ts";

/** What a lent worker gets: blobs of one repository, and files that `fetch` allows. Nothing of it is looked into here. */
export const lentSupply =
  (connect: (registry: string) => Promise<RegistryClient>, fetch: FetchFile) =>
  async ({ registry, repository }: ImageReference): Promise<LentSupply> => {
    const client = await connect(registry);
    return {
      async json(digest, limit) {
        try {
          return (await client.resolve(repository, digest)).bytes;
        } catch (error) {
          // What is no manifest is a configuration.
          if (!(error instanceof RegistryError) || error.code !== "absent") throw error;
          return client.blob(repository, digest, Math.min(limit, 8 << 20));
        }
      },
      layer: (digest) => client.stream(repository, digest),
      file: fetch,
    };
  };
