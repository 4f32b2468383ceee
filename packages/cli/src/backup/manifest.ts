import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { BackupError } from "./backup-error.ts";
import { databasePath, type Piece, pieces, smallFile } from "./contents.ts";

/** The first thing in a backup: all files that follow, in their order. */
export interface BackupManifest {
  readonly format: 1;
  /** As in the header. */
  readonly made: string;
  readonly instance: string;
  /** Of the database. */
  readonly store: {
    readonly id: string;
    readonly format: number;
    readonly revision: number;
    readonly auditRecords: number;
  };
  readonly files: readonly BackupFile[];
  /** The key that signs it: SubjectPublicKeyInfo in base64url. */
  readonly signer: string;
}

export interface BackupFile {
  readonly path: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

export const manifestLimit = 64 * 1024;
export const signatureBytes = 64;

/** A new key that vouches for an instance's backups, PEM. */
export const newSigningKey = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const spkiOf = (key: KeyObject): Buffer =>
  (key.type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" });

/** How people name such a key. */
export const fingerprint = (key: KeyObject): string =>
  `SHA256:${createHash("sha256").update(spkiOf(key)).digest("base64url")}`;

export const signerWord = (key: KeyObject): string => spkiOf(key).toString("base64url");

/** A manifest's signature binds it to its header too, and so to a time, an instance and a version. */
const signedBytes = (header: Buffer, manifest: Buffer): Buffer =>
  Buffer.concat([Buffer.from("bulkhead backup v1\n"), header, createHash("sha256").update(manifest).digest()]);

export const signManifest = (key: KeyObject, header: Buffer, manifest: Buffer): Buffer =>
  sign(null, signedBytes(header, manifest), key);

/** Who signed a manifest, by the fingerprint of its key. Throws BackupError `forged`. */
export function signerOf({ signer }: BackupManifest, header: Buffer, manifest: Buffer, signature: Buffer): string {
  const refuse = (cause?: unknown): BackupError =>
    new BackupError("forged", "the backup's signature is not that of the key that it names", cause);
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(signer, "base64url"), format: "der", type: "spki" });
  } catch (error) {
    throw refuse(error);
  }
  if (key.asymmetricKeyType !== "ed25519" || !verify(null, signedBytes(header, manifest), key, signature))
    throw refuse();
  return fingerprint(key);
}

const known: ReadonlyMap<string, Piece> = new Map(pieces.map((one) => [one.path, one]));
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Reads a manifest. Only files of the table come through, each once, and none that an instance needs is missing. */
export function parseManifest(bytes: Buffer): BackupManifest {
  const refuse = (why: string): BackupError => new BackupError("malformed", `the backup's manifest ${why}`);
  let value: Partial<BackupManifest>;
  try {
    value = (JSON.parse(bytes.toString("utf8")) ?? {}) as Partial<BackupManifest>;
  } catch {
    throw refuse("is no JSON");
  }
  const { format, made, instance, store, files, signer } = value;
  if (format !== 1 || typeof made !== "string" || typeof instance !== "string" || typeof signer !== "string")
    throw refuse("is not of a form that is known");
  if (typeof store?.id !== "string" || ![store.format, store.revision, store.auditRecords].every(isCount))
    throw refuse("does not say what its database is");
  if (!Array.isArray(files)) throw refuse("lists no files");
  const left = new Map(known);
  for (const file of files as readonly Partial<BackupFile>[]) {
    const { path, size, sha256 } = file ?? {};
    const named = JSON.stringify(String(path).slice(0, 100));
    if (typeof path !== "string" || !known.has(path)) throw refuse(`lists ${named}, which is no file of an instance`);
    if (!left.delete(path)) throw refuse(`lists ${named} twice`);
    if (!isCount(size) || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256))
      throw refuse(`does not say what ${named} is`);
    if (path !== databasePath && size > smallFile) throw new BackupError("too-large", `${path} has ${size} bytes`);
  }
  const missing = [...left.values()].find(({ needed }) => needed);
  if (missing !== undefined) throw refuse(`lacks ${missing.path}`);
  const { id, format: of, revision, auditRecords } = store;
  return {
    format,
    made,
    instance,
    store: { id, format: of, revision, auditRecords },
    files: (files as readonly BackupFile[]).map(({ path, size, sha256 }) => ({ path, size, sha256 })),
    signer,
  };
}
