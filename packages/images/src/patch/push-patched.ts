import { signedForNamespace } from "@bulkhead/api";
import type { RegistryClient } from "../registry/registry-client.ts";
import { loadSignatures } from "../signatures/load.ts";
import type { PatchedImage } from "./patched-image.ts";
import { type ImageSigningKey, imageSignature, pushSignature } from "./sign-image.ts";

export interface PushPatched {
  readonly image: PatchedImage;
  readonly from: { readonly client: RegistryClient; readonly repository: string };
  readonly to: { readonly client: RegistryClient; readonly repository: string; readonly tag: string };
  /** Absent: it is not signed. */
  readonly key?: ImageSigningKey;
  /** The namespace that the signature is for, and counts in. Absent: it counts wherever the key does. */
  readonly namespace?: string;
}

/**
 * Pushes a patched image: layers of its base that are not there yet are passed on as they stream, each against its digest;
 * the signature comes before the tag, so that whoever finds the tag finds it signed.
 */
export async function pushPatched(pushing: PushPatched): Promise<string> {
  const { image, from, to, key } = pushing;
  for (const digest of image.baseLayers)
    await to.client.copy(to.repository, digest, () => from.client.stream(from.repository, digest));
  const whole = { manifest: image.manifest, blobs: image.blobs };
  const { digest } = image.manifest;
  await to.client.push(to.repository, digest, whole);
  if (key !== undefined && !(await isSigned(pushing, key))) await sign(pushing, key);
  return to.client.push(to.repository, to.tag, whole);
}

/** A patch that is made again has its signature: one more each time would fill what is looked at of an image. */
async function isSigned({ image, to, namespace }: PushPatched, key: ImageSigningKey): Promise<boolean> {
  const { checkSignatures, readableTrust } = await loadSignatures();
  const { facts } = await checkSignatures(to.client, {
    repository: to.repository,
    digest: image.manifest.digest,
    trust: readableTrust([key.publicKey], []),
    now: Date.now(),
    wants: () => false,
  });
  return facts.some(({ kind, forNamespace }) => kind === "signature" && forNamespace === namespace);
}

async function sign({ image, to, namespace }: PushPatched, key: ImageSigningKey): Promise<void> {
  const { digest, mediaType, bytes } = image.manifest;
  const subject = { mediaType, digest, size: bytes.length };
  const annotations = namespace === undefined ? {} : { [signedForNamespace]: namespace };
  await pushSignature(to.client, to.repository, digest, imageSignature(subject, key, annotations));
}
