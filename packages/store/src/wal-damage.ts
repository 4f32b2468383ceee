import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";

const headerBytes = 32;
const frameHeaderBytes = 24;
/** The magic number's last bit says in which order checksums read their words. */
const magicLittle = 0x377f0682;
const magicBig = 0x377f0683;

interface Sum {
  a: number;
  b: number;
}

/**
 * Looks for commits in a write-ahead log that SQLite would drop in silence: its recovery stops at the first frame whose
 * checksum fails, which is right for a write that a power cut tore, and wrong for damage further up. What is torn is
 * the last transaction only, for each was synced before the next was written; so a commit at or behind the first bad
 * frame that has a successor of its own is proof of damage. Returns what to say, undefined when nothing is wrong.
 * File format: https://www.sqlite.org/fileformat2.html#walformat
 */
export function walDamage(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return scan(handle, fstatSync(handle).size);
  } finally {
    closeSync(handle);
  }
}

function scan(handle: number, size: number): string | undefined {
  const header = Buffer.alloc(headerBytes);
  if (size < headerBytes + frameHeaderBytes || readSync(handle, header, 0, headerBytes, 0) < headerBytes)
    return undefined;
  const magic = header.readUInt32BE(0);
  const pageSize = header.readUInt32BE(8);
  const salt = header.subarray(16, 24);
  const swap = (magic === magicBig) !== (endianness() === "BE");
  const sum: Sum = { a: 0, b: 0 };
  add(sum, header, 24, swap);
  const whole =
    (magic === magicLittle || magic === magicBig) &&
    sum.a === header.readUInt32BE(24) &&
    sum.b === header.readUInt32BE(28);
  if (!whole) return headerDamage(handle, salt);

  const frame = Buffer.alloc(frameHeaderBytes + pageSize);
  /** The first frame that does not continue the chain. */
  let broken: number | undefined;
  /** The frame before is a commit, at or behind the broken one. */
  let afterLostCommit = false;
  for (let n = 1, at = headerBytes; at + frame.length <= size; n++, at += frame.length) {
    readSync(handle, frame, 0, frame.length, at);
    const salted = frame.compare(salt, 0, 8, 8, 16) === 0;
    add(sum, frame, 8, swap);
    add(sum, frame, frame.length, swap, frameHeaderBytes);
    const stored = { a: frame.readUInt32BE(16), b: frame.readUInt32BE(20) };
    const chained = salted && sum.a === stored.a && sum.b === stored.b;
    if (chained && afterLostCommit)
      return `its write-ahead log is damaged at frame ${broken}, and holds commits behind it`;
    if (!chained) broken ??= n;
    afterLostCommit = broken !== undefined && salted && frame.readUInt32BE(4) !== 0;
    sum.a = stored.a;
    sum.b = stored.b;
  }
  return undefined;
}

/** A header that is torn has a new salt; one that is damaged still shares it with the frames that follow. */
function headerDamage(handle: number, salt: Buffer): string | undefined {
  const first = Buffer.alloc(frameHeaderBytes);
  readSync(handle, first, 0, frameHeaderBytes, headerBytes);
  const shared = first.compare(salt, 0, 4, 8, 12) === 0 || first.compare(salt, 4, 8, 12, 16) === 0;
  const empty = salt.every((byte) => byte === 0);
  return shared && !empty ? "the header of its write-ahead log is damaged, and commits follow it" : undefined;
}

/** SQLite's checksum over pairs of 32-bit words, up to `end`. */
function add(sum: Sum, bytes: Buffer, end: number, swap: boolean, start = 0): void {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = (endianness() === "LE") !== swap;
  let { a, b } = sum;
  for (let at = start; at < end; at += 8) {
    a = (a + words.getUint32(at, little) + b) >>> 0;
    b = (b + words.getUint32(at + 4, little) + a) >>> 0;
  }
  sum.a = a;
  sum.b = b;
}
