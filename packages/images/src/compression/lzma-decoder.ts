import { CompressionError } from "./compression-error.ts";

/** Most that one LZMA2 chunk unpacks to. */
const chunkBytes = 2 ** 21;
const half = 1024;

/** Where each kind of probability begins in the one array that holds them all. */
const at = {
  isMatch: 0,
  isRep: 192,
  isRepG0: 204,
  isRepG1: 216,
  isRepG2: 228,
  isRep0Long: 240,
  posSlot: 432,
  posSpecial: 688,
  align: 804,
  length: 820,
  repeatLength: 1334,
  literal: 1848,
} as const;

/**
 * Decodes the chunks of an LZMA2 stream (the LZMA SDK's specification). Its window holds the dictionary and one chunk;
 * whatever a chunk gives is valid until the next.
 */
export class LzmaDecoder {
  readonly #dictionary: number;
  #window: Uint8Array;
  #position = 0;
  /** How far the window has moved along the stream: contexts go by the place in the stream. */
  #moved = 0;
  /** Bytes of the dictionary that are there to be referred to. */
  #filled = 0;
  #probabilities = new Uint16Array(0);
  #lc = 0;
  #lp = 0;
  #pb = 0;
  #state = 0;
  #repeats = [0, 0, 0, 0] as [number, number, number, number];
  #input: Uint8Array = new Uint8Array(0);
  #next = 0;
  #range = 0;
  #code = 0;

  constructor(dictionary: number) {
    this.#dictionary = dictionary;
    this.#window = new Uint8Array(Math.min(dictionary, 2 ** 20) + chunkBytes);
  }

  resetDictionary(): void {
    this.#filled = 0;
  }

  setProperties(byte: number): void {
    if (byte >= 9 * 5 * 5) throw new CompressionError("xz: properties that are none");
    this.#lc = byte % 9;
    this.#lp = Math.floor(byte / 9) % 5;
    this.#pb = Math.floor(byte / 45);
    if (this.#lc + this.#lp > 4) throw new CompressionError("xz: properties that are none");
  }

  resetState(): void {
    const size = at.literal + (0x300 << (this.#lc + this.#lp));
    if (this.#probabilities.length !== size) this.#probabilities = new Uint16Array(size);
    this.#probabilities.fill(half);
    this.#state = 0;
    this.#repeats = [0, 0, 0, 0];
  }

  /** A chunk that was left as it is. */
  copy(bytes: Uint8Array): Uint8Array {
    const start = this.#makeRoom(bytes.length);
    this.#window.set(bytes, start);
    this.#position += bytes.length;
    this.#fill(bytes.length);
    return this.#window.subarray(start, this.#position);
  }

  /** A packed chunk, which unpacks to exactly `size` bytes. */
  decode(input: Uint8Array, size: number): Uint8Array {
    if (this.#probabilities.length === 0) throw new CompressionError("xz: a chunk before any state");
    this.#input = input;
    this.#next = 5;
    this.#range = 0xffffffff;
    this.#code = (((input[1] ?? 0) << 24) | ((input[2] ?? 0) << 16) | ((input[3] ?? 0) << 8) | (input[4] ?? 0)) >>> 0;
    if (input.length < 5 || input[0] !== 0) throw new CompressionError("xz: a damaged chunk");
    const start = this.#makeRoom(size);
    const end = start + size;
    while (this.#position < end) this.#symbol(end);
    if (this.#next > input.length || this.#code !== 0) throw new CompressionError("xz: a damaged chunk");
    return this.#window.subarray(start, end);
  }

  /** Makes room for so many bytes behind the dictionary; gives where they begin. */
  #makeRoom(size: number): number {
    if (this.#position + size <= this.#window.length) return this.#position;
    const keep = Math.min(this.#filled, this.#dictionary);
    const needed = keep + chunkBytes;
    const from = this.#position - keep;
    this.#moved = (this.#moved + from) % 16;
    if (needed > this.#window.length) {
      const larger = new Uint8Array(Math.min(this.#dictionary, Math.max(keep * 2, 2 ** 20)) + chunkBytes);
      larger.set(this.#window.subarray(from, this.#position));
      this.#window = larger;
    } else this.#window.copyWithin(0, from, this.#position);
    this.#position = keep;
    return keep;
  }

  #fill(count: number): void {
    this.#filled = Math.min(this.#dictionary, this.#filled + count);
  }

  #bit(index: number): 0 | 1 {
    const probabilities = this.#probabilities;
    const probability = probabilities[index] ?? half;
    const bound = Math.imul(this.#range >>> 11, probability) >>> 0;
    let bit: 0 | 1;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = probability + ((2048 - probability) >> 5);
      bit = 0;
    } else {
      this.#range = (this.#range - bound) >>> 0;
      this.#code = (this.#code - bound) >>> 0;
      probabilities[index] = probability - (probability >> 5);
      bit = 1;
    }
    if (this.#range < 0x1000000) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | (this.#input[this.#next++] ?? 0)) >>> 0;
    }
    return bit;
  }

  #direct(count: number): number {
    let result = 0;
    for (let i = 0; i < count; i++) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code = (this.#code - this.#range) >>> 0;
      result = (result << 1) | bit;
      if (this.#range < 0x1000000) {
        this.#range = (this.#range << 8) >>> 0;
        this.#code = ((this.#code << 8) | (this.#input[this.#next++] ?? 0)) >>> 0;
      }
    }
    return result >>> 0;
  }

  #tree(base: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = (node << 1) | this.#bit(base + node);
    return node - (1 << bits);
  }

  #reverseTree(base: number, bits: number): number {
    let node = 1;
    let result = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(base + node);
      node = (node << 1) | bit;
      result |= bit << i;
    }
    return result;
  }

  #length(base: number, posState: number): number {
    if (this.#bit(base) === 0) return this.#tree(base + 2 + posState * 8, 3);
    if (this.#bit(base + 1) === 0) return 8 + this.#tree(base + 130 + posState * 8, 3);
    return 16 + this.#tree(base + 258, 8);
  }

  #symbol(end: number): void {
    const posState = (this.#position + this.#moved) & ((1 << this.#pb) - 1);
    const state = this.#state;
    if (this.#bit(at.isMatch + (state << 4) + posState) === 0) {
      this.#literal();
      return;
    }
    const repeats = this.#repeats;
    let length: number;
    if (this.#bit(at.isRep + state) === 0) {
      repeats[3] = repeats[2];
      repeats[2] = repeats[1];
      repeats[1] = repeats[0];
      length = this.#length(at.length, posState);
      this.#state = state < 7 ? 7 : 10;
      repeats[0] = this.#distance(length);
    } else {
      if (this.#bit(at.isRepG0 + state) === 0) {
        if (this.#bit(at.isRep0Long + (state << 4) + posState) === 0) {
          this.#state = state < 7 ? 9 : 11;
          this.#copyMatch(1, end);
          return;
        }
      } else if (this.#bit(at.isRepG1 + state) === 0) {
        [repeats[0], repeats[1]] = [repeats[1], repeats[0]];
      } else if (this.#bit(at.isRepG2 + state) === 0) {
        [repeats[0], repeats[1], repeats[2]] = [repeats[2], repeats[0], repeats[1]];
      } else [repeats[0], repeats[1], repeats[2], repeats[3]] = [repeats[3], repeats[0], repeats[1], repeats[2]];
      length = this.#length(at.repeatLength, posState);
      this.#state = state < 7 ? 8 : 11;
    }
    this.#copyMatch(length + 2, end);
  }

  #literal(): void {
    const previous = this.#filled > 0 ? (this.#window[this.#position - 1] ?? 0) : 0;
    const low = (this.#position + this.#moved) & ((1 << this.#lp) - 1);
    const base = at.literal + 0x300 * ((low << this.#lc) + (previous >> (8 - this.#lc)));
    let symbol = 1;
    if (this.#state >= 7) {
      let matched = this.#window[this.#position - this.#repeats[0] - 1] ?? 0;
      while (symbol < 0x100) {
        const matchBit = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.#bit(base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol);
    this.#window[this.#position++] = symbol & 0xff;
    this.#fill(1);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  #distance(length: number): number {
    const slot = this.#tree(at.posSlot + (Math.min(length, 3) << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return base + this.#reverseTree(at.posSpecial + base - slot, bits);
    return base + this.#direct(bits - 4) * 16 + this.#reverseTree(at.align, 4);
  }

  #copyMatch(length: number, end: number): void {
    const back = this.#repeats[0] + 1;
    if (back > this.#filled) throw new CompressionError("xz: a reference to before the beginning");
    if (this.#position + length > end) throw new CompressionError("xz: a chunk of more than it says");
    const window = this.#window;
    let to = this.#position;
    for (let from = to - back, left = length; left > 0; left--) window[to++] = window[from++] ?? 0;
    this.#position = to;
    this.#fill(length);
  }
}
