import type { Registries } from "../registry/registries.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { ImageSource } from "./image-source.ts";
import { type BlobStore, imageFromManifest } from "./manifest-image.ts";

export interface RegistryImage {
  readonly registry: string;
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
}

/** An image at a registry or one of its mirrors; manifest and layers come from the first that has it. */
export function openRegistryImage(registries: Registries, image: RegistryImage): ImageSource {
  const { registry, repository, reference } = image;
  const name = `${registry}/${repository}${reference.startsWith("sha256:") ? "@" : ":"}${reference}`;
  return {
    image: (platform) =>
      registries.ask(registry, repository, async (client) => {
        const manifest = await client.resolve(repository, reference);
        return imageFromManifest(
          registryBlobs(client, repository, manifest),
          { mediaType: manifest.mediaType.split(";")[0]?.trim() ?? "", digest: manifest.digest },
          name,
          platform,
        );
      }),
    close: async () => undefined,
  };
}

/** Manifests lie under another path than blobs; the client checks the digests of both, readers those of layers. */
function registryBlobs(
  client: RegistryClient,
  repository: string,
  first: { readonly digest: string; readonly bytes: Uint8Array },
): BlobStore {
  // What an index names is a manifest; what a manifest names is a blob.
  let afterIndex = isIndex(first.bytes);
  return {
    async read(digest, limit) {
      if (digest === first.digest) return first.bytes;
      if (!afterIndex) return client.blob(repository, digest, limit);
      const { bytes } = await client.resolve(repository, digest);
      afterIndex = isIndex(bytes);
      return bytes;
    },
    open: (digest) => client.stream(repository, digest),
  };
}

function isIndex(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    return typeof value === "object" && value !== null && "manifests" in value;
  } catch {
    return false;
  }
}
