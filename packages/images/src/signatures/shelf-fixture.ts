import { type KeyObject, sign } from "node:crypto";
import { dsse } from "@sigstore/core";
import { sha256 } from "../build/layer.ts";
import { RegistryError, type RegistryErrorCode } from "../registry/registry-error.ts";
import type { SignatureRegistry } from "./collect.ts";

/** For tests: the image that everything on the shelf speaks of. */
export const digest = sha256(Buffer.from("an image"));
export const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
export const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

/** A registry in memory: one repository. */
export class Shelf implements SignatureRegistry {
  readonly manifests = new Map<string, Buffer>();
  readonly blobs = new Map<string, Buffer>();
  readonly asked: string[] = [];
  listed: Buffer | undefined;

  #fail(code: RegistryErrorCode): never {
    throw new RegistryError(code, "refused by the test");
  }

  resolve = async (_: string, reference: string) => {
    this.asked.push(reference);
    const bytes = this.manifests.get(reference) ?? this.#fail("absent");
    return { digest: sha256(bytes), mediaType: "application/vnd.oci.image.manifest.v1+json", bytes };
  };

  blob = async (_: string, name: string, limit: number) => {
    this.asked.push(name);
    const bytes = this.blobs.get(name) ?? this.#fail("absent");
    if (bytes.length > limit) this.#fail("too-large");
    return bytes;
  };

  referrers = async () => this.listed;

  put(bytes: Buffer, size = bytes.length): { digest: string; size: number } {
    this.blobs.set(sha256(bytes), bytes);
    return { digest: sha256(bytes), size };
  }

  /** A bundle's manifest, listed nowhere yet. */
  carrier(bundle: Buffer, more: object = {}, size?: number): string {
    const manifest = json({
      schemaVersion: 2,
      artifactType: bundleType,
      layers: [{ mediaType: bundleType, ...this.put(bundle, size) }],
      subject: { digest },
      ...more,
    });
    this.manifests.set(sha256(manifest), manifest);
    return sha256(manifest);
  }

  list(...manifests: readonly string[]): void {
    this.listed = json({ manifests: manifests.map((m) => ({ digest: m, artifactType: bundleType })) });
  }
}

export const statement = (predicateType = "https://sigstore.dev/cosign/sign/v1", predicate: object = {}): Buffer =>
  json({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.slice(7) } }],
    predicateType,
    predicate,
  });

export const payloadType = "application/vnd.in-toto+json";

export function bundleOf(key: KeyObject, payload: Buffer, hash: string | null): Buffer {
  const sig = sign(hash, dsse.preAuthEncoding(payloadType, payload), key).toString("base64");
  return json({
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: "" } },
    dsseEnvelope: { payload: payload.toString("base64"), payloadType, signatures: [{ sig }] },
  });
}
