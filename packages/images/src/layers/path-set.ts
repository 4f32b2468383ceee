import { getRandomValues } from "node:crypto";

/** Key of the hash below: random per layer record, so that no image can be made to collide in it. */
export type PathKey = readonly [number, number];

export const newPathKey = (): PathKey => {
  const [a = 0, b = 0] = getRandomValues(new Uint32Array(2));
  return [a, b];
};

/**
 * 53 bits of HalfSipHash-1-3 over a path, as a number: four characters a word, or two UTF-16 units where one is past
 * 255. With the seed unknown to whoever made the image, two of a million paths are taken for one another less than once
 * in ten thousand images.
 */
export function hashPath(key: PathKey, path: string): number {
  let v0 = key[0] | 0;
  let v1 = (key[1] ^ 0xee) | 0;
  let v2 = (0x6c796765 ^ key[0]) | 0;
  let v3 = (0x74656462 ^ key[1]) | 0;
  const { length } = path;
  const words = (length >> 2) + 1;
  // One round a word and three at the end.
  for (let i = 0, at = 0; i < words + 3; i++, at += 4) {
    let m = 0;
    const data = i < words;
    if (data) {
      if (i < words - 1) {
        const a = path.charCodeAt(at);
        const b = path.charCodeAt(at + 1);
        const c = path.charCodeAt(at + 2);
        const d = path.charCodeAt(at + 3);
        if ((a | b | c | d) > 255) return hashWide(key, path);
        m = a | (b << 8) | (c << 16) | (d << 24);
      } else {
        // The last word carries the length, so that no path is another's beginning.
        m = length << 24;
        for (let rest = at; rest < length; rest++) {
          const unit = path.charCodeAt(rest);
          if (unit > 255) return hashWide(key, path);
          m |= unit << ((rest - at) * 8);
        }
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

/** Of another constant, so that no path with wide characters is taken for one without. */
function hashWide([k0, k1]: PathKey, path: string): number {
  let bytes = "";
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    bytes += String.fromCharCode(unit & 0xff, unit >> 8);
  }
  return hashPath([k0 ^ 0x77696465, k1], bytes);
}

/** A growing set of path hashes: eight bytes a path, however long they are. */
export interface PathSetBuilder {
  add(path: string): void;
  /** Sorted hashes. */
  finish(): Float64Array;
}

export function createPathSet(key: PathKey): PathSetBuilder {
  let keys = new Float64Array(1024);
  let size = 0;
  return {
    add(path) {
      if (size === keys.length) {
        const larger = new Float64Array(size * 2);
        larger.set(keys);
        keys = larger;
      }
      keys[size++] = hashPath(key, path);
    },
    finish() {
      return keys.slice(0, size).sort();
    },
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
