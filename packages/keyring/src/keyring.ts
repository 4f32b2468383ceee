import { randomBytes } from "node:crypto";
import { type KeyProvider, type WrappedKey, withinLimits } from "./key-provider.ts";
import { KeyringError } from "./keyring-error.ts";
import { Seed, seedIdBytes, seedIdOf } from "./seal.ts";

/** A seed at rest: `serial` grows, the highest seals. Kept beside the data that it seals, and backed up with it. */
export interface WrappedSeed extends WrappedKey {
  /** 16 hex digits. */
  readonly id: string;
  readonly serial: number;
}

/**
 * Seals and opens bytes under seeds that a provider wraps. A new seed is first made (`wrapSeed`), then kept by the
 * caller on disk, and only then used (`adopt`): nothing is ever sealed under a seed that a crash could lose.
 */
export class Keyring {
  readonly #provider: KeyProvider;
  readonly #seeds = new Map<string, { readonly seed: Seed; readonly serial: number }>();
  #primary: Seed | undefined;

  private constructor(provider: KeyProvider) {
    this.#provider = provider;
  }

  /** Unwraps the seeds. Throws `provider` when the provider cannot: then nothing sealed can be read, and nothing starts. */
  static async open(provider: KeyProvider, seeds: readonly WrappedSeed[]): Promise<Keyring> {
    const keyring = new Keyring(provider);
    for (const wrapped of seeds) await keyring.adopt(wrapped);
    return keyring;
  }

  /** The id of the seed that seals now; undefined before the first. */
  get primary(): string | undefined {
    return this.#primary?.id;
  }

  /** Makes a new seed and has the provider wrap it. It seals once `adopt`ed. */
  async wrapSeed(): Promise<WrappedSeed> {
    const id = randomBytes(seedIdBytes).toString("hex");
    const key = randomBytes(32);
    const serial = Math.max(0, ...[...this.#seeds.values()].map((s) => s.serial)) + 1;
    const wrapped = await this.#wrap(key, id);
    key.fill(0);
    return { ...wrapped, id, serial };
  }

  /** Takes a wrapped seed in; the one with the highest serial seals from now on. */
  async adopt(wrapped: WrappedSeed): Promise<void> {
    const key = await this.#unwrap(wrapped);
    this.#seeds.set(wrapped.id, { seed: new Seed(wrapped.id, key), serial: wrapped.serial });
    key.fill(0);
    const newest = [...this.#seeds.values()].reduce((a, b) => (a.serial > b.serial ? a : b));
    this.#primary = newest.seed;
  }

  /** The same seed under the provider's present key: after the master key was rotated. */
  async rewrap(wrapped: WrappedSeed): Promise<WrappedSeed> {
    const key = await this.#unwrap(wrapped);
    const again = await this.#wrap(key, wrapped.id);
    key.fill(0);
    return { ...again, id: wrapped.id, serial: wrapped.serial };
  }

  /** The provider's present key id; a seed wrapped under another is stale. */
  async providerKeyId(): Promise<string> {
    const { keyId } = await this.#provider.status();
    return keyId;
  }

  seal(path: string, plaintext: Uint8Array): Uint8Array {
    if (this.#primary === undefined) throw new KeyringError("unknown-seed", "the keyring has no seed yet");
    return this.#primary.seal(path, plaintext);
  }

  /** Throws `malformed`, `unknown-seed` or `unauthentic`. */
  open(path: string, sealed: Uint8Array): Uint8Array {
    const id = seedIdOf(sealed);
    const entry = this.#seeds.get(id);
    if (entry === undefined)
      throw new KeyringError("unknown-seed", `what is stored at ${path} is sealed under seed ${id}, which is not here`);
    return entry.seed.open(path, sealed);
  }

  /** True when another seed than the one in use sealed these bytes. */
  isStale(sealed: Uint8Array): boolean {
    return seedIdOf(sealed) !== this.#primary?.id;
  }

  async #wrap(key: Uint8Array, uid: string): Promise<WrappedKey> {
    try {
      return withinLimits(await this.#provider.encrypt(key, uid));
    } catch (cause) {
      if (cause instanceof KeyringError) throw cause;
      throw new KeyringError("provider", "the key provider could not wrap a seed", cause);
    }
  }

  async #unwrap(wrapped: WrappedSeed): Promise<Uint8Array> {
    try {
      return await this.#provider.decrypt(wrapped, wrapped.id);
    } catch (cause) {
      if (cause instanceof KeyringError) throw cause;
      const message = `the key provider could not unwrap seed ${wrapped.id} (key ${wrapped.keyId})`;
      throw new KeyringError("provider", message, cause);
    }
  }
}
