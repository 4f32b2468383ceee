import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { base64, isObject, listOf, stringOf } from "../signatures/bounded-json.ts";
import { at, documentOf, type NpmRelease, npmReleaseLimits } from "./npm-release.ts";
import { NpmReleaseError } from "./npm-release-error.ts";

/** A key with which a registry signs. */
export interface NpmKey {
  /** As the registry calls it (npm: its SSH fingerprint). A name to find it by, which proves nothing. */
  readonly keyId: string;
  readonly key: KeyObject;
  /** Milliseconds since the epoch; undefined: it does not end. */
  readonly expires: number | undefined;
}

const mostKeys = 32;

/**
 * A registry's keys as `/-/npm/v1/keys` gives them, or as Sigstore's signed repository keeps npm's
 * (`registry.npmjs.org/keys.json`). What is no ECDSA key on P-256, or has an end that is no date, is left out. Throws
 * NpmReleaseError `unreadable`.
 */
export function parseNpmKeys(document: Uint8Array): NpmKey[] {
  const keys = documentOf(document, npmReleaseLimits.keys, "the document of the registry's keys")["keys"];
  if (!Array.isArray(keys)) throw new NpmReleaseError("unreadable", "the document of the registry's keys lists none");
  return listOf(keys).slice(0, mostKeys).flatMap(keyOf);
}

function keyOf(listed: unknown): NpmKey[] {
  if (!isObject(listed)) return [];
  const keyId = stringOf(listed["keyid"] ?? listed["keyId"]);
  const der = base64(listed["key"] ?? at(listed, "publicKey", "rawBytes"), 1024);
  const expires = listed["expires"] ?? at(listed, "publicKey", "validFor", "end");
  const ends = expires === undefined || expires === null ? undefined : Date.parse(stringOf(expires) ?? "");
  if (keyId === undefined || der === undefined || Number.isNaN(ends)) return [];
  try {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? [{ keyId, key, expires: ends }] : [];
  } catch {
    return [];
  }
}

/** When something was signed, as somebody else than the signer vouches for. */
export interface SigningTime {
  readonly now: number;
  /** From a transparency log that was verified. Only so may a key that has ended since still count. */
  readonly logged?: number;
}

/** Whether a key counted at that time. A time that the registry itself tells proves nothing about an ended key. */
export const keyCounts = ({ expires }: NpmKey, { now, logged }: SigningTime): boolean =>
  expires === undefined || (logged ?? now) < expires;

/**
 * The key that signed name, version and integrity. Throws NpmReleaseError: `unsigned`, `unknown-key`, `expired-key`,
 * `bad-signature`. One good signature is enough; a bad one by a known key is never passed over.
 */
export function verifyRegistrySignature(release: NpmRelease, keys: readonly NpmKey[], when: SigningTime): NpmKey {
  const { name, version, integrity, signatures } = release;
  const what = `${name} ${version}`;
  if (signatures.length === 0) throw new NpmReleaseError("unsigned", `the registry has not signed ${what}`);
  const known = signatures.flatMap(({ keyId, sig }) => {
    const key = keys.find((each) => each.keyId === keyId);
    return key === undefined ? [] : [{ key, sig }];
  });
  if (known.length === 0) throw new NpmReleaseError("unknown-key", `${what} is signed by none of the registry's keys`);
  const signed = Buffer.from(`${name}@${version}:${integrity}`);
  for (const { key, sig } of known)
    if (!holds(signed, key.key, sig))
      throw new NpmReleaseError("bad-signature", `the registry's signature is not of this ${what}`);
  const counting = known.find(({ key }) => keyCounts(key, when));
  if (counting === undefined)
    throw new NpmReleaseError(
      "expired-key",
      `${what} is signed by a key that has ended, and no log tells that it was before`,
    );
  return counting.key;
}

function holds(signed: Buffer, key: KeyObject, sig: string): boolean {
  const der = base64(sig, 256);
  try {
    return der !== undefined && verify("sha256", signed, key, der);
  } catch {
    return false;
  }
}
