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
  // In two halves: a BigInt for each number is most of what reading a small program would cost.
  const u64 = (b: Buffer, at: number): number =>
    littleEndian
      ? b.readUInt32LE(at + 4) * 2 ** 32 + b.readUInt32LE(at)
      : b.readUInt32BE(at) * 2 ** 32 + b.readUInt32BE(at + 4);
  const address = (b: Buffer, narrow: number, at: number): number => (wide ? u64(b, at) : u32(b, narrow));

  /** What `take` makes of each entry, of which it is told the start. Nothing else is read meanwhile. */
  function table<T>(
    [offset, entry, count]: readonly [number, number, number],
    least: number,
    take: (b: Buffer, at: number) => T,
  ): T[] {
    if (count === 0 || offset === 0) return [];
    if (entry < least || entry > 256) throw bad(`a table with entries of ${entry} bytes`);
    const bytes = body.read(offset, entry * count);
    if (bytes.length < entry * count) throw bad("a table that is cut off");
    const taken: T[] = [];
    for (let i = 0; i < count; i++) taken.push(take(bytes, i * entry));
    return taken;
  }

  const segmentTable = [address(head, 28, 32), u16(head, wide ? 54 : 42), u16(head, wide ? 56 : 44)] as const;
  const segments = table(segmentTable, wide ? 56 : 32, (b, at) =>
    u32(b, at) === 1
      ? {
          writable: (u32(b, at + (wide ? 4 : 24)) & 2) !== 0,
          offset: address(b, at + 4, at + 8),
          address: address(b, at + 8, at + 16),
          size: address(b, at + 16, at + 32),
        }
      : undefined,
  ).filter((segment) => segment !== undefined);
  const sectionTable = [address(head, 32, 40), u16(head, wide ? 58 : 46), u16(head, wide ? 60 : 48)] as const;
  const raw = table(sectionTable, wide ? 64 : 40, (b, at) => ({
    name: u32(b, at),
    offset: address(b, at + 16, at + 24),
    size: address(b, at + 20, at + 32),
  }));
  const namesAt = raw[u16(head, wide ? 62 : 50)];
  const names = namesAt === undefined ? Buffer.alloc(0) : body.read(namesAt.offset, Math.min(namesAt.size, namesLimit));
  const sections = raw.map(({ name, offset, size }) => {
    const end = name < names.length ? names.indexOf(0, name) : -1;
    return { name: end < 0 ? "" : names.toString("latin1", name, end), offset, size };
  });
  return { littleEndian, wide, sections, segments };
}
