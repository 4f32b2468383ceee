import { getRandomValues } from "node:crypto";
import { insideRoot } from "./tar-header.ts";

/** Key of the hash below: random per layer record, so that no image can be made to collide in it. */
export type PathKey = readonly [number, number];

export const newPathKey = (): PathKey => {
  const [a = 0, b = 0] = getRandomValues(new Uint32Array(2));
  return [a, b];
};

/** Characters of the path that is hashed, a byte each; longer ones get a place of their own. */
const scratch = new Uint8Array(4096);

/**
 * 53 bits of HalfSipHash-1-3 over a path, as a number: a byte a character, or two where one is past 255. With the seed
 * unknown to whoever made the image, two of a million paths are taken for one another less than once in ten thousand
 * images.
 */
export function hashPath(key: PathKey, path: string): number {
  const { length } = path;
  const bytes = length <= scratch.length ? scratch : new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const unit = path.charCodeAt(i);
    if (unit > 255) return hashWide(key, path);
    bytes[i] = unit;
  }
  return hashBytes(key, bytes, 0, length);
}

/** Of another constant, so that no path with wide characters is taken for one without. */
function hashWide([k0, k1]: PathKey, path: string): number {
  const bytes = Buffer.from(path, "utf16le");
  return hashBytes([k0 ^ 0x77696465, k1], bytes, 0, bytes.length);
}

/** The hash of the path that these bytes are, a character each. */
function hashBytes(key: PathKey, bytes: Uint8Array, from: number, to: number): number {
  let v0 = key[0] | 0;
  let v1 = (key[1] ^ 0xee) | 0;
  let v2 = (0x6c796765 ^ key[0]) | 0;
  let v3 = (0x74656462 ^ key[1]) | 0;
  const words = ((to - from) >> 2) + 1;
  // One round a word and three at the end.
  for (let i = 0, at = from; i < words + 3; i++, at += 4) {
    let m = 0;
    const data = i < words;
    if (data) {
      if (i < words - 1)
        m =
          (bytes[at] as number) |
          ((bytes[at + 1] as number) << 8) |
          ((bytes[at + 2] as number) << 16) |
          ((bytes[at + 3] as number) << 24);
      else {
        // The last word carries the length, so that no path is another's beginning.
        m = (to - from) << 24;
        for (let rest = at; rest < to; rest++) m |= (bytes[rest] as number) << ((rest - at) * 8);
      }
      v3 ^= m;
    } else if (i === words) v2 ^= 0xee;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (data) v0 ^= m;
  }
  return ((v0 ^ v2) >>> 0) * 2 ** 21 + ((v1 ^ v3) >>> 11);
}

const [newline, slash, dot] = [0x0a, 0x2f, 0x2e];

/** What the lines of one text hash to, again and again the same. */
let lineHashes = new Float64Array(1024);

/**
 * Hashes of a text's lines, each a path made relative to the image's root; lines of one byte are left out. Valid until
 * the next call.
 */
export function hashLines(key: PathKey, text: Buffer): Float64Array {
  let hashes = lineHashes;
  let count = 0;
  for (let from = 0, to = 0; from < text.length; from = to + 1) {
    // Nearly all are plain: ASCII, one slash in front, nothing to resolve. No string is made for those.
    let odd = text[from] !== slash;
    let before = 0;
    let all = 0;
    for (to = from; to < text.length; to++) {
      const c = text[to] as number;
      if (c === newline) break;
      all |= c;
      if (before === slash && (c === slash || c === dot)) odd = true;
      before = c;
    }
    if (to - from < 2) continue;
    if (count === hashes.length) hashes = larger(hashes);
    hashes[count++] =
      odd || all > 127 || before === slash
        ? hashPath(key, insideRoot(text.toString("utf8", from, to)))
        : hashBytes(key, text, from + 1, to);
  }
  lineHashes = hashes;
  return hashes.subarray(0, count);
}

function larger(hashes: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(hashes.length * 2);
  more.set(hashes);
  return more;
}

/** A growing set of path hashes: eight bytes a path, however long they are. */
export interface PathSetBuilder {
  add(path: string): void;
  /** Sorted hashes. */
  finish(): Float64Array;
}

export function createPathSet(key: PathKey): PathSetBuilder {
  let hashes = new Float64Array(1024);
  let size = 0;
  return {
    add(path) {
      if (size === hashes.length) hashes = larger(hashes);
      hashes[size++] = hashPath(key, path);
    },
    finish: () => hashes.slice(0, size).sort(),
  };
}

export function hasHash(sorted: Float64Array, hash: number): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? 0;
    if (value === hash) return true;
    if (value < hash) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** Hashes as text for a JSON record, and back. Throws RangeError where the text holds no whole numbers of eight bytes. */
export const packHashes = (hashes: Float64Array): string =>
  Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength).toString("base64");

export function unpackHashes(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 8 !== 0) throw new RangeError("hashes of a broken length");
  const copy = new Uint8Array(bytes);
  return new Float64Array(copy.buffer);
}
