import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { type Blob, ociManifest } from "../build/image.ts";
import { sha256 } from "../build/layer.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { RegistryError } from "../registry/registry-error.ts";
import { PatchError } from "./patch-error.ts";

/** A key that signs images, ECDSA on P-256. */
export interface ImageSigningKey {
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo in PEM: what a policy names as an authority. */
  readonly publicKey: string;
}

/** Reads a private key in PEM (PKCS #8). Throws PatchError `unsupported` for what is not ECDSA on P-256. */
export function readSigningKey(pem: string): ImageSigningKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    // The cause may quote the key.
    throw new PatchError("unsupported", `the signing key cannot be read (${error instanceof Error ? error.name : ""})`);
  }
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new PatchError("unsupported", "images are signed with ECDSA on P-256");
  return { key, publicKey: createPublicKey(key).export({ type: "spki", format: "pem" }).toString() };
}

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const statementType = "application/vnd.in-toto+json";
const signaturePredicate = "https://sigstore.dev/cosign/sign/v1";
const indexType = "application/vnd.oci.image.index.v1+json";
const indexLimit = 1 << 20;

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const blob = (mediaType: string, bytes: Uint8Array): Blob => ({ mediaType, digest: sha256(bytes), bytes });
const descriptor = ({ mediaType, digest, bytes }: Blob): object => ({ mediaType, digest, size: bytes.length });

/** What a signature is over: DSSE's encoding of payload and type. */
const preAuthentication = (type: string, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);

/**
 * A signature over an image's digest, as cosign 3 makes one: a Sigstore bundle in a manifest that refers to the image. What
 * `annotations` says is signed with it (`cosign verify -a KEY=VALUE` asks for it).
 */
export function imageSignature(
  image: { readonly mediaType: string; readonly digest: string; readonly size: number },
  { key }: ImageSigningKey,
  annotations: Readonly<Record<string, string>> = {},
): { readonly manifest: Blob; readonly blobs: readonly Blob[] } {
  const statement = json({
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      {
        digest: { sha256: image.digest.slice("sha256:".length) },
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      },
    ],
    predicateType: signaturePredicate,
    predicate: {},
  });
  const signature = sign("sha256", preAuthentication(statementType, statement), key);
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const bundle = blob(
    bundleType,
    json({
      mediaType: bundleType,
      verificationMaterial: { publicKey: { hint: createHash("sha256").update(spki).digest("base64") } },
      dsseEnvelope: {
        payload: Buffer.from(statement).toString("base64"),
        payloadType: statementType,
        signatures: [{ sig: signature.toString("base64") }],
      },
    }),
  );
  const empty = blob("application/vnd.oci.empty.v1+json", Buffer.from("{}"));
  const { mediaType, digest, size } = image;
  const manifest = blob(
    ociManifest,
    json({
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType: bundleType,
      config: descriptor(empty),
      layers: [descriptor(bundle)],
      subject: { mediaType, digest, size },
      annotations: {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": signaturePredicate,
      },
    }),
  );
  return { manifest, blobs: [empty, bundle] };
}

/**
 * Pushes a signature beside its image; where the registry has no referrers API, the index of its fallback tag names it
 * besides (OCI distribution 1.1).
 */
export async function pushSignature(
  client: RegistryClient,
  repository: string,
  digest: string,
  signature: { readonly manifest: Blob; readonly blobs: readonly Blob[] },
): Promise<void> {
  const { manifest, blobs } = signature;
  await client.push(repository, manifest.digest, { manifest, blobs });
  if ((await client.referrers(repository, digest)) !== undefined) return;
  const tag = digest.replace(":", "-");
  const before = await client.resolve(repository, tag).catch((error: unknown) => {
    if (error instanceof RegistryError && error.code === "absent") return undefined;
    throw error;
  });
  const known = before === undefined ? [] : manifestsOf(before.bytes);
  if (known.some((entry) => entry["digest"] === manifest.digest)) return;
  const entry = { ...descriptor(manifest), artifactType: bundleType };
  const index = blob(indexType, json({ schemaVersion: 2, mediaType: indexType, manifests: [...known, entry] }));
  if (index.bytes.length > indexLimit)
    throw new PatchError("limit", `${repository}: the index of what refers to ${digest} is full`);
  await client.push(repository, tag, { manifest: index, blobs: [] });
}

function manifestsOf(bytes: Uint8Array): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString("utf8")) as { readonly manifests?: unknown };
    return Array.isArray(value.manifests) ? (value.manifests as Readonly<Record<string, unknown>>[]) : [];
  } catch {
    // A tag of that name that is no index is overwritten: clients could not read it either.
    return [];
  }
}
