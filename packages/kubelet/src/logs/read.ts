import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { parseLine } from "./line.ts";

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Lines from the end; undefined: all. */
  readonly tailLines: number | undefined;
  /** Milliseconds since the epoch: only what was written then or later. */
  readonly since: number | undefined;
  readonly limitBytes: number | undefined;
  readonly stream: "All" | "Stdout" | "Stderr";
}

const chunk = 64 * 1024;
const newline = 0x0a;

/** The offset at which the last `lines` entries of a file begin. Reads from the end, in pieces. */
export async function tailOffset(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines <= 0) return size;
  let left = lines;
  let at = size;
  const buffer = Buffer.allocUnsafe(chunk);
  while (at > 0) {
    const from = Math.max(0, at - chunk);
    const { bytesRead } = await file.read(buffer, 0, at - from, from);
    for (let index = bytesRead - 1; index >= 0; index--) {
      if (buffer[index] !== newline || from + index === size - 1) continue;
      if (--left === 0) return from + index + 1;
    }
    at = from;
  }
  return 0;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

async function tryOpen(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const pollEvery = 150;

/**
 * A container's log as a client sees it, in pieces. With `follow` it goes on, over rotations, until `running` says that
 * the container has ended and all was read, or the signal aborts.
 */
export async function* readLog(
  path: string,
  options: LogOptions,
  running: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let file = await tryOpen(path);
  let position = 0;
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let rest: Buffer = Buffer.alloc(0);
  let begun = options.since === undefined;
  const buffer = Buffer.allocUnsafe(chunk);

  const render = (bytes: Buffer): Buffer | undefined => {
    const line = parseLine(bytes);
    if (line === undefined) return undefined;
    if (options.stream !== "All" && line.stream !== options.stream.toLowerCase()) return undefined;
    if (!begun) {
      if (Date.parse(line.time) < (options.since ?? 0)) return undefined;
      begun = true;
    }
    const parts = [...(options.timestamps ? [Buffer.from(`${line.time} `)] : []), line.text];
    return Buffer.concat(line.partial ? parts : [...parts, Buffer.from("\n")]);
  };

  /** All whole lines of what was read, rendered; cut at the limit. */
  const take = (bytes: Buffer): Buffer => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const out: Buffer[] = [];
    let from = 0;
    for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, from)) {
      const rendered = render(all.subarray(from, end));
      if (rendered !== undefined) out.push(rendered);
      from = end + 1;
    }
    rest = Buffer.from(all.subarray(from));
    const joined = Buffer.concat(out);
    return joined.length > left ? joined.subarray(0, left) : joined;
  };

  try {
    if (file !== undefined && options.tailLines !== undefined) {
      position = await tailOffset(file, (await file.stat()).size, options.tailLines);
    }
    while (!signal.aborted && left > 0) {
      // Asked before reading: what is written until the end is seen by the read that follows it.
      const ended = !running();
      const read = file === undefined ? 0 : (await file.read(buffer, 0, chunk, position)).bytesRead;
      if (read > 0) {
        position += read;
        const piece = take(buffer.subarray(0, read));
        left -= piece.length;
        if (piece.length > 0) yield Buffer.from(piece);
        continue;
      }
      if (!options.follow) return;
      const next = await tryOpen(path);
      if (next !== undefined) {
        const same = file !== undefined && (await next.stat()).ino === (await file.stat()).ino;
        if (same) {
          await next.close();
        } else {
          await file?.close();
          file = next;
          position = 0;
          continue;
        }
      }
      if (ended) return;
      await pause(pollEvery, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await file?.close();
  }
}
