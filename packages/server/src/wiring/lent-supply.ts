import type { WorkloadImage } from "@bulkhead/controllers";
import type { FetchFile } from "@bulkhead/images";
import type { LentSupply } from "../scanning/borrow-worker.ts";
import type { UpdateConnect } from "./update-registries.ts";

/** What a lent worker gets: blobs of one repository, and files that `fetch` allows. Nothing of it is looked into here. */
export const lentSupply =
  (connect: UpdateConnect, fetch: FetchFile) =>
  async (image: WorkloadImage): Promise<LentSupply> => {
    const { repository } = image;
    const client = await connect(image);
    return {
      manifest: async (digest) => (await client.resolve(repository, digest)).bytes,
      config: (digest, limit) => client.blob(repository, digest, Math.min(limit, 8 << 20)),
      layer: (digest) => client.stream(repository, digest),
      file: fetch,
    };
  };
