import {
  type Digits,
  digits,
  isDigit,
  isLetter,
  type Ordering,
  order,
  orderDigits,
  type VersionOrder,
} from "./version-order.ts";

/** An rpm version: [epoch:]version[-release]. An absent epoch is told from 0: some matches ignore a one-sided one. */
export interface RpmVersion {
  readonly epoch: Digits | undefined;
  readonly version: string;
  readonly release: string | undefined;
}

export const rpm: VersionOrder<RpmVersion> = {
  parse(text) {
    const trimmed = text.trim();
    if (!/^[\x21-\x7e]+$/.test(trimmed)) return undefined;
    const epoch = /^(\d*):/.exec(trimmed);
    const rest = trimmed.slice(epoch?.[0].length ?? 0);
    const dash = rest.lastIndexOf("-");
    return {
      epoch: epoch?.[1] === undefined || epoch[1] === "" ? undefined : digits(epoch[1]),
      version: dash < 0 ? rest : rest.slice(0, dash),
      release: dash < 0 ? undefined : rest.slice(dash + 1),
    };
  },
  compare: (a, b) => orderDigits(a.epoch ?? 0, b.epoch ?? 0) || compareWithoutEpoch(a, b),
};

/** For matches through a source package, whose name carries no epoch: one on one side only says nothing. */
export const compareRpmSources = (a: RpmVersion, b: RpmVersion): Ordering =>
  a.epoch === undefined || b.epoch === undefined ? compareWithoutEpoch(a, b) : rpm.compare(a, b);

function compareWithoutEpoch(a: RpmVersion, b: RpmVersion): Ordering {
  const version = rpmvercmp(a.version, b.version);
  if (version !== 0 || a.release === b.release) return version;
  if (a.release === undefined) return -1;
  return b.release === undefined ? 1 : rpmvercmp(a.release, b.release);
}

const tilde = 0x7e;
const caret = 0x5e;

/** rpm's comparison of one part: runs of digits and of letters in turn, `~` before the end, `^` after it. */
function rpmvercmp(a: string, b: string): Ordering {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    i = skipSeparators(a, i);
    j = skipSeparators(b, j);
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(j);
    if (left === tilde || right === tilde) {
      if (left !== right) return left === tilde ? -1 : 1;
      i++;
      j++;
      continue;
    }
    if (left === caret || right === caret) {
      if (i >= a.length) return -1;
      if (j >= b.length) return 1;
      if (left !== right) return left === caret ? -1 : 1;
      i++;
      j++;
      continue;
    }
    if (i >= a.length || j >= b.length) break;
    const numeric = isDigit(left);
    const ends = numeric ? isDigit : isLetter;
    const startA = i;
    const startB = j;
    while (ends(a.charCodeAt(i))) i++;
    while (ends(b.charCodeAt(j))) j++;
    // A number is newer than a word.
    if (j === startB) return numeric ? 1 : -1;
    const result = numeric
      ? orderDigits(digits(a.slice(startA, i)), digits(b.slice(startB, j)))
      : order(a.slice(startA, i), b.slice(startB, j));
    if (result !== 0) return result;
  }
  if (i >= a.length && j >= b.length) return 0;
  return i < a.length ? 1 : -1;
}

function skipSeparators(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code) || isLetter(code) || code === tilde || code === caret) break;
  }
  return at;
}
