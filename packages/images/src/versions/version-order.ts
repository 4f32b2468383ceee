/** Result of a comparison: below, the same, above. */
export type Ordering = -1 | 0 | 1;

/**
 * How the versions of one ecosystem are ordered. `parse` gives undefined for what its own tools refuse: such a version
 * is named as unparsable and never ordered by guess.
 */
export interface VersionOrder<V> {
  parse(text: string): V | undefined;
  compare(a: V, b: V): Ordering;
}

/** Longest version that is looked at; the longest real ones stay below a hundred characters. */
export const maxVersionLength = 256;

export type Digits = number | bigint;

/** A run of decimal digits as a number that compares exactly, however long it is. */
export function digits(text: string): Digits {
  if (text.length <= 15) return Number(text);
  // Zeros before a number make no other one of it: the same number is the same here, whatever its length.
  const bare = text.replace(/^0+(?=\d)/, "");
  return bare.length <= 15 ? Number(bare) : BigInt(bare);
}

/** Order of numbers, or of strings by their code units (bytes, for the ASCII that versions are made of). */
export const order = <T extends string | Digits>(a: T, b: T): Ordering => (a < b ? -1 : a > b ? 1 : 0);

/** Order of two digits, which may be of both kinds. */
export const orderDigits = (a: Digits, b: Digits): Ordering => (a < b ? -1 : a > b ? 1 : 0);

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

export const isLetter = (code: number): boolean => (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
