/**
 * A search for places where one of some four-byte strings begins, sixteen places at a time: Hyperscan's Teddy in WebAssembly's
 * vector instructions. Each string is in one of eight groups, a bit each; for each of the four bytes two tables of sixteen say by its
 * lower and by its upper half which groups it fits. Where all eight agree on a group, the four bytes are looked up in a table
 * by a hash; what is left over is nearly always what is looked for.
 */
export interface CandidateSearch {
  /** The first place from `from` on where a string may begin; -1: there is none. */
  next(bytes: Uint8Array, from: number): number;
}

const width = 4;
/** Where things lie in the module's memory: the eight tables from 0 on, the table of hashes, the text. */
const hashes = 256;
const hashBits = 14;
const start = hashes + (1 << hashBits);
/** Text that is copied in at a time, and room behind it for a block that begins in it. */
const part = 64 << 10;
const room = 64;
/** Of Fibonacci hashing: 2^32 divided by the golden ratio. */
const factor = 0x9e3779b1 | 0;

/** What we use of it; TypeScript has its types among those of browsers alone. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; search(at: number, end: number): number };
  };
};

let compiled: object | undefined;

/** Strings of four bytes, none of them zero. Throws where there is no WebAssembly (`node --jitless`). */
export function createCandidateSearch(strings: readonly Uint8Array[]): CandidateSearch {
  compiled ??= new WebAssembly.Module(moduleBytes());
  const { exports } = new WebAssembly.Instance(compiled);
  const memory = new Uint8Array(exports.memory.buffer);
  // Those that begin alike share a group: fewer false alarms.
  const sorted = strings.toSorted((a, b) => Buffer.compare(a, b));
  sorted.forEach((string, i) => {
    const bit = 1 << Math.floor((i * 8) / sorted.length);
    for (let byte = 0; byte < width; byte++) {
      const value = string[byte] ?? 0;
      for (const at of [byte * 32 + (value & 15), byte * 32 + 16 + (value >> 4)])
        memory[at] = (memory[at] as number) | bit;
    }
  });
  for (const string of strings)
    memory[hashes + (Math.imul(Buffer.from(string).readInt32LE(), factor) >>> (32 - hashBits))] = 1;
  let held: Uint8Array | undefined;
  let first = 0;
  let last = 0;

  return {
    next(bytes, from) {
      for (let at = from; at < bytes.length; ) {
        if (held !== bytes || at < first || at >= last) {
          held = bytes;
          first = at;
          last = Math.min(at + part, bytes.length);
          // Three bytes more, for strings that begin at its end; zeros behind all: no string holds one.
          const end = Math.min(last + width - 1, bytes.length);
          memory.set(bytes.subarray(first, end), start);
          memory.fill(0, start + end - first, start + end - first + room);
        }
        const found = first + exports.search(start + at - first, start + last - first) - start;
        // A block reaches beyond the part's end, where not all of the text is at hand.
        if (found >= at && found < last) return found;
        at = last;
      }
      held = undefined;
      return -1;
    },
  };
}

/** A module of one memory and one function, `search(at, end)`: the first place that may be one, or -1. */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  const vector = (code: number, ...rest: number[]): number[] => [0xfd, code, ...rest];
  const load = (offset: number): number[] => vector(0x00, 0x00, ...unsigned(offset));
  const [swizzle, splat, and, anyTrue, shiftRight] = [0x0e, 0x0f, 0x4e, 0x53, 0x6d].map((code) => vector(code)) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const get = (local: number): number[] => [0x20, local];
  const set = (local: number): number[] => [0x21, local];
  const number = (value: number): number[] => [0x41, ...signed(value)];
  // Locals: 0 at, 1 end; 2 … 9 the tables, 10 fifteens, 11 the bytes at hand, 12 what fits; 13 its places, 14 one of them.
  const [at, end, table, fifteens, here, fits, places, place] = [0, 1, 2, 10, 11, 12, 13, 14];
  const byteFits = (byte: number): number[] =>
    [
      [...get(at), ...load(byte), ...set(here)],
      [...get(table + 2 * byte), ...get(here), ...get(fifteens), ...and, ...swizzle],
      [...get(table + 2 * byte + 1), ...get(here), ...number(4), ...shiftRight, ...swizzle],
      and,
    ].flat();
  const tables = Array.from({ length: 2 * width }, (_, i) => [...number(0), ...load(16 * i), ...set(table + i)]).flat();
  const lookCloser = [
    // The places that fit, a bit each.
    [...get(fits), ...number(0), ...splat, ...vector(0x24), ...vector(0x64), ...set(places)],
    [0x03, 0x40, ...get(at), ...get(places), 0x68, 0x6a, ...set(place)],
    // Leaves with the place where the hash of its four bytes is marked.
    [...get(place), 0x28, 0, 0, ...number(factor), 0x6c, ...number(32 - hashBits), 0x76],
    [0x2d, 0, ...unsigned(hashes), 0x04, 0x40, ...get(place), 0x0f, 0x0b],
    [...get(places), ...get(places), ...number(1), 0x6b, 0x71, ...set(places), ...get(places), 0x0d, 0, 0x0b],
  ].flat();
  const code = [
    tables,
    [...number(15), ...splat, ...set(fifteens)],
    // Until `at` is not below `end`.
    [0x02, 0x40, 0x03, 0x40, ...get(at), ...get(end), 0x4f, 0x0d, 1],
    byteFits(0),
    [1, 2, 3].flatMap((byte) => [...byteFits(byte), ...and]),
    [...set(fits), ...get(fits), ...anyTrue, 0x04, 0x40, ...lookCloser, 0x0b],
    [...get(at), ...number(16), 0x6a, ...set(at), 0x0c, 0, 0x0b, 0x0b],
    [...number(-1), 0x0b],
  ].flat();
  const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text, "latin1")];
  const body = [2, 2 * width + 3, 0x7b, 2, 0x7f, ...code];
  const pages = Math.ceil((start + part + room) / 65_536);
  return Uint8Array.from(
    [
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]),
      section(3, [1, 0]),
      section(5, [1, 1, pages, pages]),
      section(7, [2, ...name("memory"), 2, 0, ...name("search"), 0, 0]),
      section(10, [1, ...unsigned(body.length), ...body]),
    ].flat(),
  );
}

/** LEB128. */
const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]);
const signed = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
