import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

export interface ElfSection {
  readonly name: string;
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
  readonly sections: readonly ElfSection[];
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
  const u64 = (b: Buffer, at: number): number => Number(littleEndian ? b.readBigUInt64LE(at) : b.readBigUInt64BE(at));
  const address = (b: Buffer, narrow: number, at: number): number => (wide ? u64(b, at) : u32(b, narrow));

  function table(offset: number, entry: number, least: number, count: number): Buffer[] {
    if (count === 0 || offset === 0) return [];
    if (entry < least || entry > 256) throw bad(`a table with entries of ${entry} bytes`);
    const bytes = Buffer.from(body.read(offset, entry * count));
    if (bytes.length < entry * count) throw bad("a table that is cut off");
    return Array.from({ length: count }, (_, i) => bytes.subarray(i * entry, (i + 1) * entry));
  }

  const segments = table(address(head, 28, 32), u16(head, wide ? 54 : 42), wide ? 56 : 32, u16(head, wide ? 56 : 44))
    .filter((b) => u32(b, 0) === 1)
    .map((b) => ({
      writable: (u32(b, wide ? 4 : 24) & 2) !== 0,
      offset: address(b, 4, 8),
      address: address(b, 8, 16),
      size: address(b, 16, 32),
    }));
  const headers = table(address(head, 32, 40), u16(head, wide ? 58 : 46), wide ? 64 : 40, u16(head, wide ? 60 : 48));
  const raw = headers.map((b) => ({ name: u32(b, 0), offset: address(b, 16, 24), size: address(b, 20, 32) }));
  const namesAt = raw[u16(head, wide ? 62 : 50)];
  const names = namesAt === undefined ? Buffer.alloc(0) : body.read(namesAt.offset, Math.min(namesAt.size, namesLimit));
  const sections = raw.map(({ name, offset, size }) => {
    const end = name < names.length ? names.indexOf(0, name) : -1;
    return { name: end < 0 ? "" : names.toString("latin1", name, end), offset, size };
  });
  return { littleEndian, wide, sections, segments };
}
