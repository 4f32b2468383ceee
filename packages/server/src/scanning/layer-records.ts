import { createHash, randomBytes, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "@bulkhead/host";
import { packedRecordLimit, recordFormat } from "@bulkhead/images";
import { recordOffset } from "./job.ts";

/**
 * What workers said of layers, by the layers' digests, in a folder of root's: written once and never over, handed out open
 * for reading. What is in a record is not looked at here.
 */
export interface LayerRecords {
  /** Of secrets' fingerprints, made once for this folder. */
  readonly key: Uint8Array;
  /** Undefined where there is none, or a damaged one, which is taken away. The caller closes it. */
  open(digest: string): Promise<FileHandle | undefined>;
  /** Keeps a record for as long as there is room, unless there is one already. */
  keep(digest: string, record: Uint8Array): Promise<void>;
  /** A record for this once, in a file without a name. The caller closes it. */
  lend(record: Uint8Array): Promise<FileHandle>;
  /** A file without a name, empty, for a worker to write. The caller closes it. */
  spool(): Promise<FileHandle>;
}

/** Bytes of all records. */
const kept = 512 << 20;
const digestForm = /^sha256:([0-9a-f]{64})$/;

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** Opens the folder, made 0700 where it is not there. `limit`: bytes of all records; the longest unused go first. */
export async function openLayerRecords(folder: string, limit = kept): Promise<LayerRecords> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) if (name.startsWith(".")) await rm(join(folder, name), { force: true });
  const key = await fingerprintKey(join(folder, "fingerprint.key"));
  // Another form of records has other names: what an older version wrote is never handed out, and grows old.
  const fileOf = (digest: string): string => {
    const hex = digestForm.exec(digest)?.[1];
    if (hex === undefined) throw new TypeError(`${digest} is no digest`);
    return join(folder, `${hex}.${recordFormat}`);
  };

  async function temporary(record: Uint8Array): Promise<{ readonly file: FileHandle; readonly path: string }> {
    const path = join(folder, `.${randomUUID()}`);
    const file = await open(path, "wx+", 0o600);
    try {
      if (record.length > 0) await file.writeFile(Buffer.concat([Buffer.from(`${sum(record)}\n`, "latin1"), record]));
      return { file, path };
    } catch (error) {
      await file.close();
      await unlink(path);
      throw error;
    }
  }

  async function nameless(record: Uint8Array): Promise<FileHandle> {
    const { file, path } = await temporary(record);
    await unlink(path);
    return file;
  }

  /** The same file, so that whoever gets it cannot write through it. */
  async function readOnly(file: FileHandle): Promise<FileHandle> {
    try {
      return await open(`/proc/self/fd/${file.fd}`, constants.O_RDONLY);
    } finally {
      await file.close();
    }
  }

  async function prune(): Promise<void> {
    const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.\d+$/.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(folder, name));
        return { path: join(folder, name), size, mtimeMs };
      }),
    );
    let total = files.reduce((bytes, { size }) => bytes + size, 0);
    for (const { path, size } of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= limit) return;
      await unlink(path);
      total -= size;
    }
  }

  return {
    key,
    async open(digest) {
      const path = fileOf(digest);
      let file: FileHandle;
      try {
        file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      } catch (error) {
        if (isCode(error, "ENOENT")) return undefined;
        throw error;
      }
      try {
        const { size } = await file.stat();
        const whole = size <= recordOffset + packedRecordLimit.packed ? await file.readFile() : Buffer.alloc(0);
        if (whole.toString("latin1", 0, recordOffset) === `${sum(whole.subarray(recordOffset))}\n`) {
          const now = new Date();
          await file.utimes(now, now);
          return file;
        }
      } catch (error) {
        await file.close();
        throw error;
      }
      await file.close();
      await unlink(path);
      return undefined;
    },
    async keep(digest, record) {
      const path = fileOf(digest);
      const made = await temporary(record);
      try {
        await made.file.sync();
        await link(made.path, path);
      } catch (error) {
        // Whoever was first said it.
        if (!isCode(error, "EEXIST")) throw error;
      } finally {
        await made.file.close();
        await unlink(made.path);
      }
      await prune();
    },
    lend: async (record) => readOnly(await nameless(record)),
    spool: () => nameless(Buffer.alloc(0)),
  };
}

const sum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function fingerprintKey(path: string): Promise<Uint8Array> {
  const found = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  });
  if (found !== undefined)
    try {
      const key = await found.readFile();
      if (key.length === 32) return key;
    } finally {
      await found.close();
    }
  const key = randomBytes(32);
  await writeDurably(path, key, 0o600);
  return key;
}
