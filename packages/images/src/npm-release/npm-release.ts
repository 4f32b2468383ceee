import { isObject, type JsonObject, jsonObject, listOf, stringOf } from "../signatures/bounded-json.ts";
import { isVersion } from "../versions/compare.ts";
import { NpmReleaseError } from "./npm-release-error.ts";

/** How much of each document is read, in bytes. */
export const npmReleaseLimits = { packument: 32 << 20, keys: 256 << 10, attestations: 8 << 20 } as const;

const mostSignatures = 16;

/** A signature as the registry lists it; not verified. */
export interface NpmSignature {
  readonly keyId: string;
  /** Base64 of DER. */
  readonly sig: string;
}

/** One version of a package as its packument says; nothing of it is verified yet. */
export interface NpmRelease {
  readonly name: string;
  readonly version: string;
  /** `sha512-` and base64 of 64 bytes, and nothing beside it. */
  readonly integrity: string;
  /** SHA-512 of the archive, hexadecimal. */
  readonly sha512: string;
  readonly tarball: string | undefined;
  readonly signatures: readonly NpmSignature[];
}

/**
 * The version that a packument's `latest` names, or the one asked for. Throws NpmReleaseError: `unreadable`,
 * `other-package`, `no-release`, `no-integrity`.
 */
export function readNpmRelease(packument: Uint8Array, name: string, wanted?: string): NpmRelease {
  const document = documentOf(packument, npmReleaseLimits.packument, "the package's document");
  if (document["name"] !== name)
    throw new NpmReleaseError("other-package", `the registry answered for another package than ${name}`);
  const version = wanted ?? stringOf(at(document, "dist-tags", "latest"));
  if (version === undefined || !isVersion("npm", version))
    throw new NpmReleaseError("no-release", `the registry names no newest version of ${name}`);
  const described = own(document["versions"], version);
  if (!isObject(described))
    throw new NpmReleaseError("no-release", `the registry does not describe ${name} ${version}`);
  if (described["name"] !== name || described["version"] !== version)
    throw new NpmReleaseError("other-package", `what stands under ${name} ${version} is of another package or version`);
  const dist = isObject(described["dist"]) ? described["dist"] : {};
  const integrity = stringOf(dist["integrity"]);
  const sha512 = integrity === undefined ? undefined : sha512Of(integrity);
  if (integrity === undefined || sha512 === undefined)
    throw new NpmReleaseError("no-integrity", `the registry names no SHA-512 of ${name} ${version}`);
  return {
    name,
    version,
    integrity,
    sha512,
    tarball: stringOf(dist["tarball"]),
    signatures: listOf(dist["signatures"])
      .slice(0, mostSignatures)
      .flatMap((each) => {
        const [keyId, sig] = isObject(each) ? [stringOf(each["keyid"]), stringOf(each["sig"])] : [];
        return keyId === undefined || sig === undefined ? [] : [{ keyId, sig }];
      }),
  };
}

/** A document of the registry's, bounded. Throws NpmReleaseError `unreadable`. */
export function documentOf(bytes: Uint8Array, limit: number, what: string): JsonObject {
  const document = bytes.length > limit ? undefined : jsonObject(bytes);
  if (document === undefined)
    throw new NpmReleaseError("unreadable", `${what} is no JSON object of at most ${limit} bytes and 64 levels`);
  return document;
}

/** A member that the document itself has: `constructor` is no version. */
const own = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** The member at a path, of what the document itself has. */
export const at = (value: unknown, ...path: readonly string[]): unknown => path.reduce(own, value);

/** Several digests in one line would let one be verified and another be used. */
function sha512Of(integrity: string): string | undefined {
  const base64 = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(integrity)?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("hex");
}
