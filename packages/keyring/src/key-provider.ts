import { KeyringError } from "./keyring-error.ts";

/** What a provider says of itself. `keyId` names the key that encrypts now: when it changes, what it wrapped is stale. */
export interface ProviderStatus {
  readonly version: "v2";
  /** "ok", or what is wrong. */
  readonly healthz: string;
  readonly keyId: string;
}

/** A seed as a provider wrapped it. Annotations travel with it; their keys are domain names. */
export interface WrappedKey {
  readonly ciphertext: Uint8Array;
  readonly keyId: string;
  readonly annotations: Readonly<Record<string, Uint8Array>>;
}

/**
 * Holds the key that wraps seeds, and never lets go of it: the three calls of Kubernetes' KMS v2. It is called once a
 * seed and once a start, not once a write. `uid` names the call in logs.
 */
export interface KeyProvider {
  status(): Promise<ProviderStatus>;
  encrypt(plaintext: Uint8Array, uid: string): Promise<WrappedKey>;
  /** Rejects when the key that `keyId` names is gone or the ciphertext was altered. */
  decrypt(wrapped: WrappedKey, uid: string): Promise<Uint8Array>;
}

/** KMS v2's limits, in bytes. */
export const providerLimits = { keyId: 1024, ciphertext: 1024, annotations: 32 * 1024 } as const;

const domainName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

/** Returns what the provider answered when it keeps to KMS v2's limits, else throws `provider`. */
export function withinLimits(wrapped: WrappedKey): WrappedKey {
  const { keyId, ciphertext, annotations } = wrapped;
  const refuse = (what: string): never => {
    throw new KeyringError("provider", `the key provider's answer breaks KMS v2's limits: ${what}`);
  };
  if (keyId === "" || Buffer.byteLength(keyId) > providerLimits.keyId) refuse("key_id must have 1 to 1024 bytes");
  if (ciphertext.byteLength === 0 || ciphertext.byteLength > providerLimits.ciphertext)
    refuse("ciphertext must have 1 to 1024 bytes");
  let size = 0;
  for (const [name, value] of Object.entries(annotations)) {
    if (!domainName.test(name)) refuse(`annotation ${JSON.stringify(name)} is not a domain name`);
    size += Buffer.byteLength(name) + value.byteLength;
  }
  if (size > providerLimits.annotations) refuse("annotations exceed 32 kB");
  return wrapped;
}
