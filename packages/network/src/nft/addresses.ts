/** Addresses as numbers, for ranges. IPv4 and IPv6; canonical text in, canonical text out. */

export interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

export type Family = 4 | 6;

/** 4 or 6, by the colon: the text must be an address or a CIDR. */
export const familyOf = (text: string): Family => (text.includes(":") ? 6 : 4);

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const words = (half: string | undefined): number[] | undefined => {
    if (half === undefined || half === "") return [];
    const out: number[] = [];
    for (const word of half.split(":")) {
      if (word.includes(".")) {
        const v4 = parseIpv4(word);
        if (v4 === undefined) return undefined;
        out.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
      } else if (/^[0-9a-fA-F]{1,4}$/.test(word)) out.push(Number.parseInt(word, 16));
      else return undefined;
    }
    return out;
  };
  const head = words(halves[0]);
  const tail = words(halves[1]);
  if (head === undefined || tail === undefined) return undefined;
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined;
  const all = [...head, ...Array<number>(gap).fill(0), ...tail];
  return all.reduce((value, word) => value * 65536n + BigInt(word), 0n);
}

/** The address as a number; undefined when it is none. */
export function parseAddress(text: string): bigint | undefined {
  return familyOf(text) === 4 ? parseIpv4(text) : parseIpv6(text);
}

/** Canonical text (RFC 5952 for IPv6). */
export function printAddress(value: bigint, family: Family): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  }
  const words = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - i * 16)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && words[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
  }
  const hex = words.map((w) => w.toString(16));
  if (best.start < 0) return hex.join(":");
  return `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
}

/** First and last address of a CIDR or of a single address; undefined when it is neither. */
export function parseCidr(text: string): Range | undefined {
  const [address = "", prefix, more] = text.split("/");
  const bits = familyOf(address) === 4 ? 32 : 128;
  const value = parseAddress(address);
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (value === undefined || more !== undefined || length < 0 || length > bits) return undefined;
  const size = 1n << BigInt(bits - length);
  const from = (value / size) * size;
  return { from, to: from + size - 1n };
}

/** Sorted, none overlapping or touching: what nftables itself would merge them to. */
export function mergeRanges(ranges: Iterable<Range>): Range[] {
  const merged: { from: bigint; to: bigint }[] = [];
  const sorted = [...ranges].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && range.from <= last.to + 1n) {
      if (range.to > last.to) last.to = range.to;
    } else merged.push({ ...range });
  }
  return merged;
}

/** The addresses of `ranges` that are in none of `except`. */
export function subtractRanges(ranges: Iterable<Range>, except: Iterable<Range>): Range[] {
  let left = mergeRanges(ranges);
  for (const hole of except) {
    left = left.flatMap((range) => {
      if (hole.to < range.from || hole.from > range.to) return [range];
      const parts: Range[] = [];
      if (range.from < hole.from) parts.push({ from: range.from, to: hole.from - 1n });
      if (range.to > hole.to) parts.push({ from: hole.to + 1n, to: range.to });
      return parts;
    });
  }
  return left;
}

/** `10.0.0.1` or `10.0.0.0-10.0.0.255`: an element of an interval set. */
export function printRange(range: Range, family: Family): string {
  const from = printAddress(range.from, family);
  return range.from === range.to ? from : `${from}-${printAddress(range.to, family)}`;
}

export const overlaps = (a: Range, b: Range): boolean => a.from <= b.to && b.from <= a.to;
