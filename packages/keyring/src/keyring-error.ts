/**
 * permissions: a key file or folder that others may read; damaged: a key file that cannot be read as one; provider: the
 * provider failed or broke its limits; malformed: not sealed bytes; unknown-seed: sealed under a seed that is not at
 * hand; unauthentic: altered, moved to another path, or sealed with another key.
 */
export type KeyringErrorCode = "permissions" | "damaged" | "provider" | "malformed" | "unknown-seed" | "unauthentic";

/** The keyring's one error. Never holds key material or plaintext. */
export class KeyringError extends Error {
  readonly code: KeyringErrorCode;

  constructor(code: KeyringErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "KeyringError";
    this.code = code;
  }
}
