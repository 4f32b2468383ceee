import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from "node:crypto";
import type { RegistryAccess } from "./grant.ts";

/** What signs the registry's tokens: a P-256 leaf of the authority that the registry trusts for nothing else. PEM. */
export interface RegistrySigner {
  readonly certificate: string;
  readonly key: string;
}

export interface RegistryTokensOptions {
  readonly signer: RegistrySigner;
  /** The registry takes tokens of this issuer, for this service, alone. */
  readonly issuer: string;
  readonly service: string;
  /** Seconds a token holds, default 300. */
  readonly lifetime?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface RegistryToken {
  readonly token: string;
  readonly id: string;
  /** Seconds since the epoch. */
  readonly issued: number;
  /** Seconds it holds. */
  readonly lifetime: number;
}

/** The registry's token service: what it signs, the registry believes. Deciding comes before. */
export interface RegistryTokens {
  readonly service: string;
  issue(subject: string, access: readonly RegistryAccess[]): RegistryToken;
  /** Signs with another key from now on; tokens signed before hold to their end. Throws where the two do not belong together. */
  renew(signer: RegistrySigner): void;
}

interface Loaded {
  readonly header: string;
  readonly key: KeyObject;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function load({ certificate, key }: RegistrySigner): Loaded {
  const [leaf, privateKey] = [new X509Certificate(certificate), createPrivateKey(key)];
  if (!leaf.checkPrivateKey(privateKey)) throw new Error("the certificate that signs registry tokens has another key");
  // The registry follows x5c to its own root: a new leaf needs no word to it (RFC 7515, 4.1.6).
  return { header: encode({ typ: "JWT", alg: "ES256", x5c: [leaf.raw.toString("base64")] }), key: privateKey };
}

export function createRegistryTokens(options: RegistryTokensOptions): RegistryTokens {
  const { issuer, service, lifetime = 300, now = Date.now } = options;
  let signer = load(options.signer);
  return {
    service,
    issue: (subject, access) => {
      const issued = Math.floor(now() / 1000);
      const id = randomUUID();
      const claims = {
        iss: issuer,
        sub: subject,
        aud: service,
        exp: issued + lifetime,
        nbf: issued,
        iat: issued,
        jti: id,
        access,
      };
      const input = `${signer.header}.${encode(claims)}`;
      const signature = sign("sha256", Buffer.from(input), { key: signer.key, dsaEncoding: "ieee-p1363" });
      return { token: `${input}.${signature.toString("base64url")}`, id, issued, lifetime };
    },
    renew: (next) => {
      signer = load(next);
    },
  };
}
