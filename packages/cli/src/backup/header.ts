import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scryptSync,
} from "node:crypto";
import { BackupError } from "./backup-error.ts";
import { publicBytes, publicKeyFrom, type RecoveryKey, recipientBytes } from "./recovery-key.ts";

/** What anybody may read of a backup: of which instance it is, when it was made, and who can open it. */
export interface BackupHeader {
  readonly format: 1;
  /** RFC 3339. */
  readonly made: string;
  /** The version of Bulkhead that made it. */
  readonly bulkhead: string;
  /** The instance's id, as in instance.json. */
  readonly instance: string;
  readonly node: string;
  readonly keys: readonly KeySlot[];
}

/** The key of the contents, sealed for one way to open it. Bytes in base64url. */
type KeySlot =
  | { readonly kind: "recipient"; readonly recipient: string; readonly ephemeral: string; readonly wrapped: string }
  | { readonly kind: "passphrase"; readonly salt: string; readonly cost: number; readonly wrapped: string };

/** For whom a backup is made: whoever holds one of these recovery keys, or whoever knows the passphrase. */
export type SealFor = { readonly recipients: readonly string[] } | { readonly passphrase: string };
/** What is tried on a backup. */
export type OpenWith = { readonly key: RecoveryKey } | { readonly passphrase: string };

/** The first bytes of every backup. */
export const magic = Buffer.from("bulkhead-backup\n");
export const headerLimit = 64 * 1024;
const tagBytes = 16;
const fileKeyBytes = 32;
/** Of scrypt, as a power of two: 128 MiB and about half a second. More than the most would be an attack on who reads. */
const cost = { made: 17, least: 14, most: 18 } as const;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const derived = (secret: Uint8Array, salt: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, salt, `bulkhead backup v1 ${purpose}`, 32));

/** Every wrapping key is made for one wrapping, so that one nonce serves. */
const nonce = Buffer.alloc(12);

function wrap(key: Buffer, fileKey: Buffer): string {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return base64(Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]));
}

/** Undefined: another key. */
function unwrap(key: Buffer, wrapped: string): Buffer | undefined {
  const bytes = Buffer.from(wrapped, "base64url");
  if (bytes.length !== fileKeyBytes + tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(fileKeyBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, fileKeyBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

const shared = (privateKey: KeyObject, publicKey: KeyObject, ephemeral: Buffer, recipient: Buffer): Buffer =>
  derived(diffieHellman({ privateKey, publicKey }), Buffer.concat([ephemeral, recipient]), "recipient");

const fromPassphrase = (passphrase: string, salt: Buffer, power: number): Buffer =>
  scryptSync(passphrase.normalize("NFC"), salt, 32, { N: 2 ** power, r: 8, p: 1, maxmem: 2 ** power * 2048 });

function slotsFor(to: SealFor, fileKey: Buffer): KeySlot[] {
  if ("passphrase" in to) {
    const salt = randomBytes(16);
    const key = fromPassphrase(to.passphrase, salt, cost.made);
    return [{ kind: "passphrase", salt: base64(salt), cost: cost.made, wrapped: wrap(key, fileKey) }];
  }
  return to.recipients.map((recipient) => {
    const bytes = recipientBytes(recipient);
    const { privateKey, publicKey } = generateKeyPairSync("x25519");
    const ephemeral = publicBytes(publicKey);
    const key = shared(privateKey, publicKeyFrom(bytes), ephemeral, bytes);
    return { kind: "recipient", recipient, ephemeral: base64(ephemeral), wrapped: wrap(key, fileKey) };
  });
}

/** A new header and the key that its contents are sealed under. */
export function sealHeader(about: Omit<BackupHeader, "keys" | "format">, to: SealFor) {
  const fileKey = randomBytes(fileKeyBytes);
  const header: BackupHeader = { format: 1, ...about, keys: slotsFor(to, fileKey) };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const bytes = Buffer.concat([magic, length, text]);
  return { header, bytes, contents: contentsKey(fileKey, bytes) };
}

/** Another header, by a single bit, is another key: nothing of a header can be exchanged. */
const contentsKey = (fileKey: Buffer, header: Buffer): Buffer => derived(fileKey, headerDigest(header), "contents");

/** What a signature binds a backup's contents to. */
export const headerDigest = (header: Buffer): Buffer => createHash("sha256").update(header).digest();

const isText = (value: unknown, most: number): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= most;
const isBytes = (value: unknown): value is string => isText(value, 100) && /^[\w-]+$/.test(value);

function isSlot(value: unknown): value is KeySlot {
  const slot = (value ?? {}) as Partial<Record<string, unknown>>;
  if (!isBytes(slot["wrapped"])) return false;
  if (slot["kind"] === "recipient") return isText(slot["recipient"], 100) && isBytes(slot["ephemeral"]);
  const power = slot["cost"];
  const bounded = Number.isInteger(power) && Number(power) >= cost.least && Number(power) <= cost.most;
  return slot["kind"] === "passphrase" && isBytes(slot["salt"]) && bounded;
}

/** Reads a header's text, which nobody has vouched for yet. Throws BackupError `not-a-backup`. */
export function parseHeader(text: Buffer): BackupHeader {
  const refuse = (why: string): never => {
    throw new BackupError("not-a-backup", `this is no backup that can be read here: ${why}`);
  };
  let value: Partial<BackupHeader>;
  try {
    value = (JSON.parse(text.toString("utf8")) ?? {}) as Partial<BackupHeader>;
  } catch {
    return refuse("its header is damaged");
  }
  const { format, made, bulkhead, instance, node, keys } = value;
  if (format !== 1) return refuse(`it has format ${String(format).slice(0, 20)}, and 1 is known`);
  if (
    !isText(made, 40) ||
    Number.isNaN(Date.parse(made)) ||
    !isText(bulkhead, 100) ||
    !isText(instance, 40) ||
    !isText(node, 300) ||
    !Array.isArray(keys) ||
    keys.length === 0 ||
    keys.length > 32 ||
    !keys.every(isSlot)
  )
    return refuse("its header is damaged");
  // One who tries passphrases must not have several tried at a time.
  if (keys.length > 1 && keys.some(({ kind }) => kind === "passphrase"))
    return refuse("it has a passphrase beside keys");
  return { format, made, bulkhead, instance, node, keys };
}

/** How a backup can be opened, in words. */
export const openedBy = ({ keys }: BackupHeader): readonly string[] =>
  keys.map((slot) => (slot.kind === "passphrase" ? "a passphrase" : slot.recipient));

/** The key of the contents. Throws BackupError `wrong-key`. `bytes`: the header as it stands in the file, all of it. */
export function openHeader(header: BackupHeader, bytes: Buffer, by: OpenWith): Buffer {
  for (const slot of header.keys) {
    const key = slotKey(slot, by);
    const fileKey = key === undefined ? undefined : unwrap(key, slot.wrapped);
    if (fileKey !== undefined) return contentsKey(fileKey, bytes);
  }
  const given = "passphrase" in by ? "the passphrase" : `the recovery key of ${by.key.recipient}`;
  throw new BackupError("wrong-key", `${given} does not open it; it opens with ${openedBy(header).join(" or ")}`);
}

function slotKey(slot: KeySlot, by: OpenWith): Buffer | undefined {
  if ("passphrase" in by)
    return slot.kind === "passphrase"
      ? fromPassphrase(by.passphrase, Buffer.from(slot.salt, "base64url"), slot.cost)
      : undefined;
  if (slot.kind !== "recipient" || slot.recipient !== by.key.recipient) return undefined;
  const ephemeral = Buffer.from(slot.ephemeral, "base64url");
  if (ephemeral.length !== 32) return undefined;
  try {
    const own = publicBytes(createPublicKey(by.key.privateKey));
    return shared(by.key.privateKey, publicKeyFrom(ephemeral), ephemeral, own);
  } catch {
    // A point that leads nowhere.
    return undefined;
  }
}
