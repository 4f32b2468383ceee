import { createHash, createPrivateKey } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pieces, signingKeyPath } from "./contents.ts";
import { type BackupHeader, headerDigest, type SealFor, sealHeader } from "./header.ts";
import { type BackupManifest, fingerprint, signerWord, signManifest } from "./manifest.ts";
import { sealed } from "./sealed-stream.ts";

/** A backup as it was written. */
export interface WrittenBackup {
  readonly header: BackupHeader;
  readonly manifest: BackupManifest;
  /** Of the key that vouches for it. */
  readonly signer: string;
  readonly bytes: number;
  /** Of the whole file, hex. */
  readonly sha256: string;
}

/** Makes a new file's name durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function digestOf(file: string): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(part);
    size += part.length;
  }
  return { size, sha256: hash.digest("hex") };
}

/** The files of the table that lie in a folder, with what they are. */
async function filesIn(folder: string): Promise<BackupManifest["files"]> {
  const files = [];
  for (const { path, needed } of pieces) {
    const found = await digestOf(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" && !needed) return undefined;
      throw error;
    });
    if (found !== undefined) files.push({ path, ...found });
  }
  return files;
}

/** Header, then sealed: manifest with its length, signature, and every file in the manifest's order. */
async function* contents(folder: string, manifest: Buffer, signature: Buffer, files: BackupManifest["files"]) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(manifest.length);
  yield Buffer.concat([length, manifest, signature]);
  for (const { path } of files)
    yield* createReadStream(join(folder, path), { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
}

/**
 * Writes what was gathered in a folder as one file that must not exist: sealed as it goes, beside first and under its name
 * only once it is durable. Readable by its owner alone.
 */
export async function writeBackup(
  folder: string,
  target: string,
  about: Omit<BackupHeader, "keys" | "format"> & { readonly store: BackupManifest["store"] },
  to: SealFor,
): Promise<WrittenBackup> {
  const { store, ...header } = about;
  const key = createPrivateKey(await readFile(join(folder, signingKeyPath)));
  const files = await filesIn(folder);
  const manifest: BackupManifest = {
    format: 1,
    made: about.made,
    instance: about.instance,
    store,
    files,
    signer: signerWord(key),
  };
  const head = sealHeader(header, to);
  const text = Buffer.from(JSON.stringify(manifest));
  const signature = signManifest(key, headerDigest(head.bytes), text);
  const draft = `${target}.partial`;
  await rm(draft, { force: true });
  const file = await open(draft, "wx", 0o600);
  const hash = createHash("sha256").update(head.bytes);
  let bytes = head.bytes.length;
  try {
    await file.writeFile(head.bytes);
    for await (const piece of sealed(head.contents, contents(folder, text, signature, files))) {
      hash.update(piece);
      bytes += piece.length;
      await file.writeFile(piece);
    }
    await file.sync();
    await file.close();
    await rename(draft, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
  return { header: head.header, manifest, signer: fingerprint(key), bytes, sha256: hash.digest("hex") };
}
