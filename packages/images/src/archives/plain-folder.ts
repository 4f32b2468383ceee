import { constants, type Dirent } from "node:fs";
import { type FileHandle, lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { BlindSpot } from "../inventory.ts";
import { parseImageConfig } from "./image-config.ts";
import type { ImageSource } from "./image-source.ts";
import { SourceError } from "./source-error.ts";

const piece = 1 << 20;

const octal = (value: number, length: number): string =>
  value
    .toString(8)
    .padStart(length - 1, "0")
    .slice(0, length - 1);

/** A header block, with a pax header before it that carries what ustar's fields do not hold. */
function header(type: string, path: string, mode: number, uid: number, size: number, target: string): Buffer {
  const records = [
    ["path", path],
    ["linkpath", target],
    ["size", `${size}`],
    ["uid", `${uid}`],
  ].map(([key = "", value = ""]) => {
    if (value === "") return "";
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest;
    while (`${length}`.length + rest !== length) length = `${length}`.length + rest;
    return `${length} ${key}=${value}\n`;
  });
  const pax = Buffer.from(records.join(""));
  return Buffer.concat([
    block("x", 0, pax.length),
    pax,
    Buffer.alloc((512 - (pax.length % 512)) % 512),
    block(type, mode, 0),
  ]);
}

function block(type: string, mode: number, size: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write("entry", 0);
  bytes.write(octal(mode & 0o7777, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(type, 156);
  bytes.write("ustar\x0000", 257, "latin1");
  bytes.fill(" ", 148, 156);
  let sum = 0;
  for (const c of bytes) sum += c;
  bytes.write(`${octal(sum, 7)}\0`, 148);
  return bytes;
}

/**
 * A folder taken for an image's file system: one layer, packed as it is read, of no digest that anyone knows. It has no
 * configuration. Symlinks are not followed; what may not be read becomes a blind spot.
 */
export function openPlainFolder(folder: string): ImageSource {
  const unread: BlindSpot[] = [];
  const cannot = (path: string): void =>
    void unread.push({ what: "layer", where: path, why: "it may not be read by this user" });

  async function* fileBody(file: FileHandle, size: number): AsyncGenerator<Buffer> {
    let left = size;
    while (left > 0) {
      const buffer = Buffer.allocUnsafe(Math.min(piece, left));
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      // It has shrunk since: the tar keeps its word.
      yield bytesRead === 0 ? buffer.fill(0) : buffer.subarray(0, bytesRead);
      left -= bytesRead === 0 ? buffer.length : bytesRead;
    }
    const padding = (512 - (size % 512)) % 512;
    if (padding > 0) yield Buffer.alloc(padding);
  }

  async function* walk(path: string): AsyncGenerator<Buffer> {
    let entries: Dirent[];
    try {
      entries = await readdir(join(folder, path), { withFileTypes: true });
    } catch {
      cannot(path);
      return;
    }
    for (const entry of entries) {
      const at = path === "" ? entry.name : `${path}/${entry.name}`;
      const found = await lstat(join(folder, at)).catch(() => undefined);
      if (found === undefined) continue;
      if (found.isSymbolicLink()) {
        const target = await readlink(join(folder, at)).catch(() => "");
        if (target !== "") yield header("2", at, found.mode, found.uid, 0, target);
      } else if (found.isDirectory()) {
        yield header("5", at, found.mode, found.uid, 0, "");
        yield* walk(at);
      } else if (found.isFile()) {
        let file: FileHandle;
        try {
          file = await open(join(folder, at), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
        } catch {
          cannot(at);
          continue;
        }
        try {
          yield header("0", at, found.mode, found.uid, found.size, "");
          yield* fileBody(file, found.size);
        } finally {
          await file.close();
        }
      }
    }
  }

  return {
    async image() {
      const found = await lstat(folder).catch(() => undefined);
      if (found?.isDirectory() !== true) throw new SourceError("absent", `${folder}: there is no such folder`);
      const bytes = Buffer.from(JSON.stringify({ rootfs: { diff_ids: [] } }));
      return {
        name: folder,
        configDigest: "",
        bare: true,
        config: parseImageConfig(bytes, folder),
        layers: [
          {
            async *open() {
              unread.length = 0;
              yield* walk("");
              yield Buffer.alloc(1024);
            },
          },
        ],
        unread: () => unread,
      };
    },
    close: async () => undefined,
  };
}
