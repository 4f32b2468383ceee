import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject, randomFillSync } from "node:crypto";
import { KeyringError } from "./keyring-error.ts";

/**
 * Sealed bytes: magic (4), version (1), seed id (8), info (32), nonce (12), ciphertext, tag (16).
 * Each write derives its own key, HKDF-SHA256-Expand(seed, info, 32), so that no key comes near AES-GCM's limits
 * (KMS v2's scheme, KEP-3299). Additional data: everything before info, then the storage path.
 */
const magic = [0x00, 0x62, 0x6b, 0x73] as const;
const version = 1;
const seedIdAt = 5;
const infoAt = 13;
const nonceAt = infoAt + 32;
const bodyAt = nonceAt + 12;
const tagBytes = 16;
export const sealOverhead = bodyAt + tagBytes;
export const seedIdBytes = infoAt - seedIdAt;

/** True for bytes that carry the seal's prefix; JSON never does. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes.byteLength >= sealOverhead && magic.every((byte, at) => bytes[at] === byte);
}

/** The id of the seed that sealed these bytes, as 16 hex digits. Throws `malformed`. */
export function seedIdOf(sealed: Uint8Array): string {
  if (!isSealed(sealed)) throw new KeyringError("malformed", "these bytes are not sealed");
  if (sealed[4] !== version)
    throw new KeyringError("malformed", `sealed by a newer version (format ${sealed[4]}); upgrade Bulkhead`);
  return Buffer.from(sealed.buffer, sealed.byteOffset + seedIdAt, seedIdBytes).toString("hex");
}

/** One seed, ready to derive keys: HMAC's two pads with the seed mixed in, and room for what is hashed. */
export class Seed {
  readonly id: string;
  readonly #idBytes: Buffer;
  /** inner pad (64), info (32), counter (1) */
  readonly #inner = Buffer.alloc(97, 0x36);
  /** outer pad (64), inner hash (32) */
  readonly #outer = Buffer.alloc(96, 0x5c);

  constructor(id: string, key: Uint8Array) {
    if (key.byteLength !== 32) throw new KeyringError("damaged", `seed ${id} must have 32 bytes`);
    this.id = id;
    this.#idBytes = Buffer.from(id, "hex");
    for (let i = 0; i < 32; i++) {
      const byte = key[i] as number;
      this.#inner[i] = 0x36 ^ byte;
      this.#outer[i] = 0x5c ^ byte;
    }
    this.#inner[96] = 1;
  }

  /** HKDF-SHA256 expand only, one block. node:crypto's hkdf always extracts first; its HMAC costs four times this. */
  expand(info: Uint8Array): Buffer {
    this.#inner.set(info, 64);
    this.#outer.set(hash("sha256", this.#inner, "buffer"), 64);
    return hash("sha256", this.#outer, "buffer");
  }

  seal(path: string, plaintext: Uint8Array): Uint8Array {
    const sealed = Buffer.allocUnsafeSlow(sealOverhead + plaintext.byteLength);
    sealed.set(magic, 0);
    sealed[4] = version;
    sealed.set(this.#idBytes, seedIdAt);
    sealed.set(randomness(), infoAt);
    const key = this.#keyFor(sealed);
    const cipher = createCipheriv("aes-256-gcm", key, sealed.subarray(nonceAt, bodyAt));
    cipher.setAAD(additionalData(sealed, path));
    sealed.set(cipher.update(plaintext), bodyAt);
    cipher.final();
    sealed.set(cipher.getAuthTag(), bodyAt + plaintext.byteLength);
    return sealed;
  }

  open(path: string, sealed: Uint8Array): Uint8Array {
    const key = this.#keyFor(sealed);
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(nonceAt, bodyAt), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(additionalData(sealed, path));
    decipher.setAuthTag(sealed.subarray(sealed.byteLength - tagBytes));
    const plaintext = decipher.update(sealed.subarray(bodyAt, sealed.byteLength - tagBytes));
    try {
      decipher.final();
    } catch (cause) {
      plaintext.fill(0);
      throw new KeyringError("unauthentic", `what is stored at ${path} was altered or moved there`, cause);
    }
    return plaintext;
  }

  /** As a KeyObject: handed the bytes, Node 24 spends ten times the cipher's own time on finding out what they are. */
  #keyFor(sealed: Uint8Array): KeyObject {
    return createSecretKey(this.expand(sealed.subarray(infoAt, nonceAt)));
  }
}

function additionalData(sealed: Uint8Array, path: string): Buffer {
  return Buffer.concat([sealed.subarray(0, infoAt), Buffer.from(path, "utf8")]);
}

const drawBytes = bodyAt - infoAt;
const pool = Buffer.allocUnsafeSlow(drawBytes * 128);
let drawn = pool.byteLength;

/** info and nonce: 44 fresh bytes, never handed out twice. Drawn from the system in blocks: a call for each write is slow. */
function randomness(): Uint8Array {
  if (drawn === pool.byteLength) {
    randomFillSync(pool);
    drawn = 0;
  }
  const from = drawn;
  drawn += drawBytes;
  return pool.subarray(from, drawn);
}
