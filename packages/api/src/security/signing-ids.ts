import { createHash, createPublicKey } from "node:crypto";

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** Policies are read anew whenever a namespace or an exception changes, their keys hardly ever. */
const known = new Map<string, string | undefined>();
const mostKnown = 256;

/**
 * How a policy's key and a verified signature name the same key: SHA-256 of its SubjectPublicKeyInfo, hexadecimal.
 * Undefined for what is no PEM public key.
 */
export function publicKeyId(pem: string): string | undefined {
  if (known.has(pem)) return known.get(pem);
  const id = read(pem);
  const oldest = known.keys().next().value;
  if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest);
  known.set(pem, id);
  return id;
}

function read(pem: string): string | undefined {
  if (!/^\s*-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem)) return undefined;
  try {
    return sha256(createPublicKey(pem).export({ type: "spki", format: "der" }));
  } catch {
    return undefined;
  }
}

/** How a policy's trust root and a verified signature name the same root: SHA-256 of its JSON, hexadecimal. */
export const trustRootId = (json: string): string => sha256(json.trim());
