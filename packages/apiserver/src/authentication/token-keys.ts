import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

type Algorithm = "ES256" | "RS256";

/** A public key in the form of RFC 7517. */
export interface JsonWebKey {
  readonly kty: string;
  readonly kid: string;
  readonly use: "sig";
  readonly alg: Algorithm;
  readonly [field: string]: string;
}

export interface TokenKeys {
  /** A compact JWS over the claims, by the signing key. */
  sign(claims: object): string;
  /** The claims of a token that one of the keys signed; undefined for anything else. Looks at no claim. */
  verify(token: string): Record<string, unknown> | undefined;
  readonly jwks: readonly JsonWebKey[];
}

interface PublicKey {
  readonly kid: string;
  readonly key: KeyObject;
  readonly algorithm: Algorithm;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function publicKey(key: KeyObject): PublicKey {
  const der = key.export({ type: "spki", format: "der" });
  return {
    kid: createHash("sha256").update(der).digest("base64url"),
    key,
    algorithm: key.asymmetricKeyType === "rsa" ? "RS256" : "ES256",
  };
}

/**
 * Keys for tokens. `signing`: PEM of an EC P-256 or RSA private key. `verifying`: PEMs of further public keys whose
 * tokens still count (the keys before a rotation).
 */
export function createTokenKeys(signing: string, verifying: readonly string[] = []): TokenKeys {
  const privateKey = createPrivateKey(signing);
  const own = publicKey(createPublicKey(privateKey));
  const keys = [own, ...verifying.map((pem) => publicKey(createPublicKey(pem)))];
  const header = encode({ alg: own.algorithm, kid: own.kid });
  return {
    sign: (claims) => {
      const input = `${header}.${encode(claims)}`;
      const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    },
    verify: (token) => verified(keys, token),
    jwks: keys.map(({ kid, key, algorithm }) => ({
      ...(key.export({ format: "jwk" }) as Record<string, string> & { kty: string }),
      use: "sig",
      kid,
      alg: algorithm,
    })),
  };
}

function verified(keys: readonly PublicKey[], token: string): Record<string, unknown> | undefined {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  if (signature === "" || more.length > 0) return undefined;
  const named = parse(header);
  // The algorithm is the key's own, never the token's wish.
  const found = keys.find(({ kid, algorithm }) => kid === named?.["kid"] && algorithm === named["alg"]);
  if (found === undefined) return undefined;
  const good = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key: found.key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  return good ? parse(payload) : undefined;
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
