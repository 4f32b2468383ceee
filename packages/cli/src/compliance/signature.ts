import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { CommandFailure } from "../exit-codes.ts";

/** Ed25519 hashes for itself; ECDSA is over SHA-256. */
const digestOf = (key: KeyObject, from: string): "sha256" | null => {
  if (key.asymmetricKeyType === "ed25519") return null;
  if (key.asymmetricKeyType === "ec") return "sha256";
  throw new CommandFailure(`${from} is no key of Ed25519 or ECDSA`);
};

const bytesOf = (file: string): Promise<Buffer> =>
  readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(error.code === "ENOENT" ? `there is no ${file}` : `${file}: ${error.message}`, 2, error);
  });

async function keyIn(file: string, read: (pem: Buffer) => KeyObject, what: string): Promise<KeyObject> {
  const pem = await bytesOf(file);
  try {
    return read(pem);
  } catch {
    // Without the parser's words, and above all without what is in the file.
    throw new CommandFailure(`${file} holds no ${what} in PEM (without a passphrase)`);
  }
}

/** A key that can sign, read before any work is done. Throws CommandFailure. */
export async function signingKey(file: string): Promise<KeyObject> {
  const key = await keyIn(file, (pem) => createPrivateKey(pem), "private key");
  digestOf(key, file);
  return key;
}

/** Over the bytes as they are; base64 and a line break. */
export const signatureOf = (bytes: Uint8Array, key: KeyObject): string =>
  `${sign(digestOf(key, "the key"), bytes, key).toString("base64")}\n`;

/** Writes a document, and its signature beside it. */
export async function writeSigned(file: string, text: string, key: KeyObject): Promise<string> {
  const beside = `${file}.sig`;
  await writeFile(file, text);
  await writeFile(beside, signatureOf(Buffer.from(text), key));
  return beside;
}

/** Whether a file is as it was signed. Throws CommandFailure where that cannot be asked. */
export async function holds(file: string, signature: string, publicKey: string): Promise<boolean> {
  const [bytes, written, key] = await Promise.all([
    bytesOf(file),
    bytesOf(signature),
    keyIn(publicKey, (pem) => createPublicKey(pem), "public key"),
  ]);
  const text = written.toString("latin1").trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new CommandFailure(`${signature} is no signature: no base64`);
  return verify(digestOf(key, publicKey), bytes, key, Buffer.from(text, "base64"));
}
