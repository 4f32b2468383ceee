import { createCandidateSearch } from "./candidate-search.ts";

/** Finds which of a set of literals occur in bytes. */
export interface LiteralSearch {
  /** Whether any does; ends at the first. */
  any(bytes: Buffer): boolean;
  /** All that do. */
  found(bytes: Buffer): ReadonlySet<string>;
}

/** Bytes of a literal that are looked for first. */
const window = 4;

interface Place {
  readonly literal: string;
  readonly bytes: Buffer;
  /** Where in the literal the window begins. */
  readonly offset: number;
}

/** Searches for literals of four bytes or more, so fast that whole images can be searched. */
export function createLiteralSearch(literals: readonly string[]): LiteralSearch {
  const places = new Map<number, Place[]>();
  for (const literal of new Set(literals)) {
    const bytes = Buffer.from(literal, "latin1");
    if (bytes.length < window) throw new RangeError(`a literal of less than ${window} bytes`);
    const offset = rarestWindow(bytes);
    const key = bytes.readInt32LE(offset);
    places.set(key, [...(places.get(key) ?? []), { literal, bytes, offset }]);
  }
  const candidates = createCandidateSearch(
    [...places.values()].flatMap(([place]) =>
      place === undefined ? [] : [place.bytes.subarray(place.offset, place.offset + window)],
    ),
  );

  /** Hands each literal that stands somewhere to `take`, which ends the search with true. */
  function search(bytes: Buffer, take: (literal: string) => boolean): void {
    for (let at = candidates.next(bytes, 0); at >= 0; at = candidates.next(bytes, at + 1)) {
      // Behind the end there are zeros, of which no literal has any.
      if (at + window > bytes.length) return;
      for (const place of places.get(bytes.readInt32LE(at)) ?? [])
        if (stands(place.bytes, bytes, at - place.offset) && take(place.literal)) return;
    }
  }

  return {
    any(bytes) {
      let any = false;
      search(bytes, () => {
        any = true;
        return true;
      });
      return any;
    },
    found(bytes) {
      const found = new Set<string>();
      search(bytes, (literal) => {
        found.add(literal);
        return false;
      });
      return found;
    },
  };
}

function stands(literal: Buffer, bytes: Buffer, start: number): boolean {
  if (start < 0 || start + literal.length > bytes.length) return false;
  for (let i = 0; i < literal.length; i++) if (literal[i] !== bytes[start + i]) return false;
  return true;
}

/** The start of the part of a literal whose characters are rarest in texts. */
function rarestWindow(bytes: Buffer): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start + window <= bytes.length; start++) {
    let common = 1;
    for (const c of bytes.subarray(start, start + window)) common *= commonness(c);
    if (common < least) [best, least] = [start, common];
  }
  return best;
}

/** How often a character occurs in texts, roughly. */
function commonness(c: number): number {
  if (c >= 0x61 && c <= 0x7a) return frequent.includes(String.fromCharCode(c)) ? 8 : 3;
  // Lines of dashes and equals signs are common, too.
  if (c === 0x2d || c === 0x3d || c === 0x20) return 4;
  return c >= 0x41 && c <= 0x5a ? 2 : 1;
}

const frequent = "etaoinsrhdlcu";
