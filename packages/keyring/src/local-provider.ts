import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { KeyProvider, ProviderStatus, WrappedKey } from "./key-provider.ts";
import { KeyringError } from "./keyring-error.ts";
import { privateFolder, readPrivate, writePrivate } from "./private-file.ts";

/** The master keys on disk: `primary` wraps, the others only unwrap until they are retired. */
interface MasterKeys {
  readonly format: "bulkhead-master-keys/v1";
  readonly primary: string;
  /** Base64, 32 bytes each, by id. */
  readonly keys: Readonly<Record<string, string>>;
}

/** A provider whose master key is a file beside the data: safe against a stolen database, not against a stolen machine. */
export interface LocalProvider extends KeyProvider {
  /** Adds a new master key that wraps from now on; returns its id. The old ones stay until `retire`. */
  rotate(): Promise<string>;
  /** Removes every master key but the one in use. Only after all seeds were wrapped anew. */
  retire(): Promise<void>;
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Opens `master.key` in `folder` (0600 in 0700), creating both when absent. Throws `permissions` when others could read
 * them, `damaged` when the file is not one of ours.
 */
export async function openLocalProvider(options: { readonly folder: string }): Promise<LocalProvider> {
  const file = join(options.folder, "master.key");
  await privateFolder(options.folder);
  let content = await readPrivate(file);
  if (content === undefined) {
    await writePrivate(file, encode(withFreshKey({})), "create");
    content = await readPrivate(file);
  }
  if (content === undefined) throw new KeyringError("damaged", `${file} vanished while it was being created`);
  return new LocalKeyProvider(file, decode(file, content));
}

class LocalKeyProvider implements LocalProvider {
  readonly #file: string;
  #keys: MasterKeys;

  constructor(file: string, keys: MasterKeys) {
    this.#file = file;
    this.#keys = keys;
  }

  async status(): Promise<ProviderStatus> {
    return { version: "v2", healthz: "ok", keyId: this.#keys.primary };
  }

  async encrypt(plaintext: Uint8Array): Promise<WrappedKey> {
    const keyId = this.#keys.primary;
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key(keyId), nonce);
    cipher.setAAD(Buffer.from(keyId));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return { ciphertext: Buffer.concat([nonce, body, cipher.getAuthTag()]), keyId, annotations: {} };
  }

  async decrypt(wrapped: WrappedKey): Promise<Uint8Array> {
    const { ciphertext, keyId } = wrapped;
    if (ciphertext.byteLength < nonceBytes + tagBytes)
      throw new KeyringError("provider", `what was wrapped under master key ${keyId} is too short`);
    const decipher = createDecipheriv("aes-256-gcm", this.#key(keyId), ciphertext.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(keyId));
    decipher.setAuthTag(ciphertext.subarray(ciphertext.byteLength - tagBytes));
    const body = decipher.update(ciphertext.subarray(nonceBytes, ciphertext.byteLength - tagBytes));
    try {
      return Buffer.concat([body, decipher.final()]);
    } catch (cause) {
      throw new KeyringError("provider", `what was wrapped under master key ${keyId} was altered`, cause);
    }
  }

  async rotate(): Promise<string> {
    const next = withFreshKey(this.#keys.keys);
    await writePrivate(this.#file, encode(next), "replace");
    this.#keys = next;
    return next.primary;
  }

  async retire(): Promise<void> {
    const { primary, keys } = this.#keys;
    const next: MasterKeys = { ...this.#keys, keys: { [primary]: keys[primary] as string } };
    await writePrivate(this.#file, encode(next), "replace");
    this.#keys = next;
  }

  #key(id: string): Buffer {
    const key = Object.hasOwn(this.#keys.keys, id) ? this.#keys.keys[id] : undefined;
    if (key === undefined)
      throw new KeyringError(
        "provider",
        `${this.#file} lacks master key ${id}: put back the file that belongs to this data`,
      );
    return Buffer.from(key, "base64");
  }
}

function withFreshKey(keys: MasterKeys["keys"]): MasterKeys {
  const primary = randomBytes(8).toString("hex");
  return {
    format: "bulkhead-master-keys/v1",
    primary,
    keys: { ...keys, [primary]: randomBytes(32).toString("base64") },
  };
}

function encode(keys: MasterKeys): Uint8Array {
  return Buffer.from(`${JSON.stringify(keys, undefined, 2)}\n`);
}

function decode(file: string, content: Buffer): MasterKeys {
  const damaged = (why: string, cause?: unknown): KeyringError =>
    new KeyringError("damaged", `${file} ${why}: put back the file that belongs to this data`, cause);
  let value: Partial<MasterKeys> | null;
  try {
    value = JSON.parse(content.toString("utf8")) as Partial<MasterKeys> | null;
  } catch {
    // The parser's own message would quote the key.
    throw damaged("is not a master key file");
  }
  if (
    value?.format !== "bulkhead-master-keys/v1" ||
    typeof value.primary !== "string" ||
    typeof value.keys !== "object"
  )
    throw damaged("is not a master key file of this version");
  const keys = value.keys ?? {};
  for (const key of Object.values(keys))
    if (typeof key !== "string" || Buffer.from(key, "base64").byteLength !== 32)
      throw damaged("holds a key of the wrong size");
  if (!Object.hasOwn(keys, value.primary)) throw damaged("lacks its primary key");
  return { format: value.format, primary: value.primary, keys };
}
