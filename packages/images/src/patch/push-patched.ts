import type { RegistryClient } from "../registry/registry-client.ts";
import type { PatchedImage } from "./patched-image.ts";
import { type ImageSigningKey, imageSignature, pushSignature } from "./sign-image.ts";

export interface PushPatched {
  readonly image: PatchedImage;
  readonly from: { readonly client: RegistryClient; readonly repository: string };
  readonly to: { readonly client: RegistryClient; readonly repository: string; readonly tag: string };
  /** Absent: it is not signed. */
  readonly key?: ImageSigningKey;
}

/**
 * Pushes a patched image: layers of its base that are not there yet are passed on as they stream, each against its digest;
 * the signature comes before the tag, so that whoever finds the tag finds it signed.
 */
export async function pushPatched({ image, from, to, key }: PushPatched): Promise<string> {
  for (const digest of image.baseLayers)
    await to.client.copy(to.repository, digest, () => from.client.stream(from.repository, digest));
  const whole = { manifest: image.manifest, blobs: image.blobs };
  const { digest, mediaType, bytes } = image.manifest;
  await to.client.push(to.repository, digest, whole);
  if (key !== undefined)
    await pushSignature(
      to.client,
      to.repository,
      digest,
      imageSignature({ mediaType, digest, size: bytes.length }, key),
    );
  return to.client.push(to.repository, to.tag, whole);
}
