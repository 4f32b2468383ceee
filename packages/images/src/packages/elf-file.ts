import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

export interface ElfSection {
  readonly offset: number;
  readonly size: number;
}

export interface ElfSegment {
  readonly writable: boolean;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** What of an ELF file says where its parts lie. */
export interface ElfFile {
  readonly littleEndian: boolean;
  readonly wide: boolean;
  /** The first section of this name. */
  section(name: string): ElfSection | undefined;
  /** Loaded segments. */
  readonly segments: readonly ElfSegment[];
}

const bad = (what: string): PackageError => new PackageError("malformed", `ELF: ${what}`);
const namesLimit = 4 << 20;

export const isElf = (first: Buffer): boolean =>
  first.length >= 4 && first[0] === 0x7f && first[1] === 0x45 && first[2] === 0x4c && first[3] === 0x46;

/** Section and segment tables. Throws PackageError where they lie outside the file. */
export function readElf(body: FileBody): ElfFile {
  const head = Buffer.from(body.read(0, 64));
  const wide = head[4] === 2;
  const littleEndian = head[5] === 1;
  if (!isElf(head) || head.length < (wide ? 64 : 52) || (head[4] !== 1 && !wide) || (head[5] !== 2 && !littleEndian))
    throw bad("no header");
  const u16 = (b: Buffer, at: number): number => (littleEndian ? b.readUInt16LE(at) : b.readUInt16BE(at));
  const u32 = (b: Buffer, at: number): number => (littleEndian ? b.readUInt32LE(at) : b.readUInt32BE(at));
  // In two halves: a BigInt for each number is most of what reading a small program would cost.
  const u64 = (b: Buffer, at: number): number =>
    littleEndian
      ? b.readUInt32LE(at + 4) * 2 ** 32 + b.readUInt32LE(at)
      : b.readUInt32BE(at) * 2 ** 32 + b.readUInt32BE(at + 4);
  const address = (b: Buffer, narrow: number, at: number): number => (wide ? u64(b, at) : u32(b, narrow));

  /** A table's bytes, valid until the next read. */
  function table(offset: number, entry: number, count: number, least: number): Buffer {
    if (count === 0 || offset === 0) return Buffer.alloc(0);
    if (entry < least || entry > 256) throw bad(`a table with entries of ${entry} bytes`);
    const bytes = body.read(offset, entry * count);
    if (bytes.length < entry * count) throw bad("a table that is cut off");
    return bytes;
  }

  const segmentSize = u16(head, wide ? 54 : 42);
  const loaded = table(address(head, 28, 32), segmentSize, u16(head, wide ? 56 : 44), wide ? 56 : 32);
  const segments: ElfSegment[] = [];
  for (let at = 0; at < loaded.length; at += segmentSize)
    if (u32(loaded, at) === 1)
      segments.push({
        writable: (u32(loaded, at + (wide ? 4 : 24)) & 2) !== 0,
        offset: address(loaded, at + 4, at + 8),
        address: address(loaded, at + 8, at + 16),
        size: address(loaded, at + 16, at + 32),
      });
  const size = u16(head, wide ? 58 : 46);
  const raw = Buffer.from(table(address(head, 32, 40), size, u16(head, wide ? 60 : 48), wide ? 64 : 40));
  const place = (at: number): ElfSection => ({
    offset: address(raw, at + 16, at + 24),
    size: address(raw, at + 20, at + 32),
  });
  const namesAt = u16(head, wide ? 62 : 50) * size;
  const named = namesAt < raw.length ? place(namesAt) : { offset: 0, size: 0 };
  const names = Buffer.from(body.read(named.offset, Math.min(named.size, namesLimit)));
  return {
    littleEndian,
    wide,
    segments,
    section(name) {
      const text = Buffer.from(`${name}\0`, "latin1");
      // Nearly every program has none of those that are asked for.
      if (!names.includes(text)) return undefined;
      for (let at = 0; at < raw.length; at += size) {
        const from = u32(raw, at);
        if (names.subarray(from, from + text.length).equals(text)) return place(at);
      }
      return undefined;
    },
  };
}
