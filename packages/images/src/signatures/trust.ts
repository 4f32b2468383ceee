import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { trustRootId } from "@bulkhead/api";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { type TrustMaterial, toTrustMaterial } from "@sigstore/verify";
import { jsonObject } from "./bounded-json.ts";

export type TrustErrorCode = "key" | "weak-key" | "root" | "too-large";

/** A key or trust root of a policy that cannot be used. The message says why and never holds the value. */
export class TrustError extends Error {
  readonly code: TrustErrorCode;
  constructor(code: TrustErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "TrustError";
    this.code = code;
  }
}

/** A public key whose signatures may count. */
export interface TrustedKey {
  /** SHA-256 of its SubjectPublicKeyInfo, hexadecimal. */
  readonly keyId: string;
  readonly key: KeyObject;
}

/** Authorities and logs whose certificates and proofs may count; nothing is fetched. */
export interface TrustedRootMaterial {
  /** SHA-256 of its JSON, hexadecimal. */
  readonly id: string;
  readonly material: TrustMaterial;
}

export interface SignatureTrust {
  readonly keys: readonly TrustedKey[];
  readonly roots: readonly TrustedRootMaterial[];
}

const maxKey = 16 << 10;
const maxRoot = 256 << 10;
const curves = new Set(["prime256v1", "secp384r1", "secp521r1"]);
const keyIdOf = (key: KeyObject): string =>
  createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");

/** A PEM public key: ECDSA on P-256, P-384 or P-521, Ed25519, RSA of 2048 bits and more. Throws TrustError. */
export function parseTrustedKey(pem: string): TrustedKey {
  if (pem.length > maxKey) throw new TrustError("too-large", `a public key of more than ${maxKey} characters`);
  if (!/^\s*-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem))
    throw new TrustError("key", "not a PEM public key (-----BEGIN PUBLIC KEY-----)");
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (error) {
    throw new TrustError("key", "a PEM public key that cannot be read", error);
  }
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "ed25519":
      break;
    case "ec":
      if (namedCurve === undefined || !curves.has(namedCurve))
        throw new TrustError("weak-key", `an ECDSA key on the curve ${namedCurve ?? "unknown"}; P-256, P-384 or P-521`);
      break;
    case "rsa":
      if ((modulusLength ?? 0) < 2048)
        throw new TrustError("weak-key", `an RSA key of ${modulusLength ?? 0} bits; 2048 at least`);
      break;
    default:
      throw new TrustError("key", `a key of type ${key.asymmetricKeyType ?? "unknown"}; ECDSA, Ed25519 or RSA`);
  }
  return { keyId: keyIdOf(key), key };
}

/** A Sigstore trusted root (application/vnd.dev.sigstore.trustedroot+json;version=0.1) as text. Throws TrustError. */
export function parseTrustedRoot(json: string): TrustedRootMaterial {
  if (json.length > maxRoot) throw new TrustError("too-large", `a trust root of more than ${maxRoot} characters`);
  const object = jsonObject(Buffer.from(json));
  const mediaType = object?.["mediaType"];
  if (
    object === undefined ||
    typeof mediaType !== "string" ||
    !mediaType.startsWith("application/vnd.dev.sigstore.trustedroot")
  )
    throw new TrustError("root", "not a Sigstore trusted root in JSON");
  try {
    const root = TrustedRoot.fromJSON(object);
    const material = toTrustMaterial(root, () => {
      throw new TrustError("root", "a trust root's material is asked for a key of a policy");
    });
    if (material.certificateAuthorities.length + material.tlogs.length + material.timestampAuthorities.length === 0)
      throw new TrustError("root", "a trust root without authorities and logs");
    return { id: trustRootId(json), material };
  } catch (error) {
    if (error instanceof TrustError) throw error;
    throw new TrustError("root", "a trust root whose certificates or keys cannot be read", error);
  }
}
