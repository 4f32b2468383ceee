import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { BackupError } from "./backup-error.ts";

/**
 * A recovery key opens backups; its recipient, the public half, is all that making one takes. Both are written as a word
 * with a checksum in it, so that a slip of the pen is told from another key.
 */
export interface RecoveryKey {
  readonly privateKey: KeyObject;
  readonly recipient: string;
  /** Fingerprints of keys that signed what it opens, as the file says. */
  readonly signers: readonly string[];
}

const publicWord = "bulkhead-recipient-";
const secretWord = "bulkhead-recovery-";
const keyBytes = 32;
const sumBytes = 4;
/** What stands before the 32 bytes of an X25519 key in DER: PKCS #8, and SubjectPublicKeyInfo. */
const pkcs8 = Buffer.from("302e020100300506032b656e04220420", "hex");
const spki = Buffer.from("302a300506032b656e032100", "hex");

const sumOf = (label: string, key: Buffer): Buffer =>
  createHash("sha256").update(label).update(key).digest().subarray(0, sumBytes);

const wordOf = (label: string, key: Buffer): string =>
  label + Buffer.concat([key, sumOf(label, key)]).toString("base64url");

/** The bytes of a word; undefined for anything else. Nothing of it is repeated in an error. */
function bytesOf(label: string, word: string): Buffer | undefined {
  if (!word.startsWith(label)) return undefined;
  const bytes = Buffer.from(word.slice(label.length), "base64url");
  const key = bytes.subarray(0, keyBytes);
  const whole = bytes.length === keyBytes + sumBytes && wordOf(label, key) === word;
  return whole ? key : undefined;
}

export const publicKeyFrom = (bytes: Buffer): KeyObject =>
  createPublicKey({ key: Buffer.concat([spki, bytes]), format: "der", type: "spki" });

export const publicBytes = (key: KeyObject): Buffer =>
  key.export({ format: "der", type: "spki" }).subarray(spki.length);

const recipientOf = (privateKey: KeyObject): string => wordOf(publicWord, publicBytes(createPublicKey(privateKey)));

/** The public bytes of a recipient. Throws BackupError `malformed`. */
export function recipientBytes(word: string): Buffer {
  const bytes = bytesOf(publicWord, word);
  if (bytes === undefined)
    throw new BackupError(
      "malformed",
      `${JSON.stringify(word.slice(0, 80))} is no recipient: it begins with ${publicWord}`,
    );
  return bytes;
}

/** A new recovery key, as the text of the file that holds it. */
export function newRecoveryKey(signer: string | undefined): string {
  const { privateKey } = generateKeyPairSync("x25519");
  const secret = privateKey.export({ format: "der", type: "pkcs8" }).subarray(pkcs8.length);
  const lines = [
    "# Opens backups of Bulkhead. Keep it apart from them and from the machine; without it they are lost.",
    `# recipient: ${recipientOf(privateKey)}`,
    ...(signer === undefined ? [] : [`# signed by: ${signer}`]),
    wordOf(secretWord, secret),
    "",
  ];
  return lines.join("\n");
}

/** Reads such a file. Throws BackupError `malformed`, without a word of what it holds. */
export function parseRecoveryKey(text: string, from: string): RecoveryKey {
  const lines = text.split("\n").map((line) => line.trim());
  const words = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const secret = words.length === 1 ? bytesOf(secretWord, words[0] ?? "") : undefined;
  if (secret === undefined)
    throw new BackupError("malformed", `${from} holds no recovery key: one line that begins with ${secretWord}`);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, secret]), format: "der", type: "pkcs8" });
  const signers = lines.flatMap((line) => /^# signed by: (SHA256:[\w-]{43})$/.exec(line)?.[1] ?? []);
  return { privateKey, recipient: recipientOf(privateKey), signers };
}
