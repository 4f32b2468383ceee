/**
 * @bulkhead/keyring: envelope encryption. `openLocalProvider` (or another KeyProvider) wraps seeds; `Keyring` seals
 * bytes under keys derived from a seed, one a write, bound to the storage path. Promised: bytes moved to another path,
 * altered, or sealed under another key do not open. Not promised: that an older state of the same path is noticed.
 */
export * from "./key-provider.ts";
export * from "./keyring.ts";
export * from "./keyring-error.ts";
export * from "./local-provider.ts";
export { privateFolder, readPrivate, writePrivate } from "./private-file.ts";
export { isSealed, seedIdOf } from "./seal.ts";
