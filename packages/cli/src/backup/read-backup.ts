import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BackupError } from "./backup-error.ts";
import { ByteSource } from "./byte-source.ts";
import {
  type BackupHeader,
  headerDigest,
  headerLimit,
  magic,
  type OpenWith,
  openHeader,
  parseHeader,
} from "./header.ts";
import {
  type BackupFile,
  type BackupManifest,
  manifestLimit,
  parseManifest,
  signatureBytes,
  signerOf,
} from "./manifest.ts";
import { opened } from "./sealed-stream.ts";

/** A backup as it was read, every byte of it authentic. */
export interface ReadBackup {
  readonly header: BackupHeader;
  readonly manifest: BackupManifest;
  /** Of the key that signed it. Whether that one may is for the caller to say. */
  readonly signer: string;
}

/** Bytes of a file that are asked for before it is opened for good. */
const bytesOf = (file: string): AsyncIterable<Buffer> =>
  createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;

async function headerFrom(source: ByteSource): Promise<{ readonly header: BackupHeader; readonly bytes: Buffer }> {
  const none = (cause?: unknown): BackupError =>
    new BackupError("not-a-backup", "this is no backup of Bulkhead, or it is cut off", cause);
  try {
    const start = await source.exactly(magic.length + 4);
    const length = start.readUInt32BE(magic.length);
    if (!start.subarray(0, magic.length).equals(magic) || length > headerLimit) throw none();
    const text = await source.exactly(length);
    return { header: parseHeader(text), bytes: Buffer.concat([start, text]) };
  } catch (error) {
    throw error instanceof BackupError && error.code === "altered" ? none(error) : error;
  }
}

/** What a backup says of itself to anybody: nothing of it is vouched for. Throws BackupError `not-a-backup`. */
export async function peekBackup(file: string): Promise<BackupHeader> {
  return (await headerFrom(new ByteSource(bytesOf(file)))).header;
}

/**
 * Unpacks a backup into a folder that must not exist, which is root's alone. What may be written is said by its manifest,
 * and that by the table of what an instance has: there are no other names, no links and no devices in this format. Nothing
 * is written before the manifest is known to be whole, nothing stays where anything is wrong. Throws BackupError.
 */
export async function readBackup(
  file: string,
  by: OpenWith,
  folder: string,
  /** Asked once it is known who signed it, before anything is written; throws where that one may not. */
  vouch: (read: ReadBackup) => void,
): Promise<ReadBackup> {
  const outer = new ByteSource(bytesOf(file));
  const { header, bytes } = await headerFrom(outer);
  const inner = new ByteSource(opened(openHeader(header, bytes, by), outer.rest()));
  const length = (await inner.exactly(4)).readUInt32BE();
  if (length > manifestLimit) throw new BackupError("too-large", `the backup's manifest has ${length} bytes`);
  const text = await inner.exactly(length);
  const signature = await inner.exactly(signatureBytes);
  const manifest = parseManifest(text);
  const read = { header, manifest, signer: signerOf(manifest, headerDigest(bytes), text, signature) };
  if (manifest.instance !== header.instance || manifest.made !== header.made)
    throw new BackupError("malformed", "the backup's header and manifest are of different backups");
  vouch(read);
  await mkdir(folder, { mode: 0o700 });
  try {
    await refuseTooLarge(manifest, folder);
    for (const each of manifest.files) await unpack(each, inner, folder);
    for await (const _ of inner.rest())
      throw new BackupError("malformed", "the backup holds more than its manifest lists");
    return read;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function refuseTooLarge({ files }: BackupManifest, folder: string): Promise<void> {
  const needed = files.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = await statfs(folder);
  if (needed > bavail * bsize)
    throw new BackupError("too-large", `the backup unpacks to ${needed} bytes, and ${bavail * bsize} are free`);
}

async function unpack({ path, size, sha256 }: BackupFile, source: ByteSource, folder: string): Promise<void> {
  const at = join(folder, path);
  await mkdir(dirname(at), { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const out = await open(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  const hash = createHash("sha256");
  try {
    for await (const part of source.take(size)) {
      hash.update(part);
      await out.writeFile(part);
    }
    await out.sync();
  } finally {
    await out.close();
  }
  if (hash.digest("hex") !== sha256) throw new BackupError("altered", `${path} is not what the manifest says of it`);
}
