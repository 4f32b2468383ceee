import { type Digits, digits, type Ordering, order, orderDigits, type VersionOrder } from "./version-order.ts";

/** A part of an apk version; the kinds in the order in which apk ranks what follows a common beginning. */
interface ApkPart {
  readonly kind: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
  readonly text: string;
  readonly number: Digits;
}

export type ApkVersion = readonly ApkPart[];

const kinds = { first: 0, number: 1, letter: 2, suffix: 3, suffixNumber: 4, commit: 5, revision: 6, end: 7 } as const;

/** Suffixes before the release proper are negative. */
const suffixes = new Map([
  ["alpha", -4],
  ["beta", -3],
  ["pre", -2],
  ["rc", -1],
  ["cvs", 1],
  ["svn", 2],
  ["git", 3],
  ["hg", 4],
  ["p", 5],
]);

const whole = /^(\d+)((?:\.\d+)*)([a-z]?)((?:_[a-z]+\d*)*)(?:~([0-9a-f]+))?(?:-r(\d+))?$/i;
const end: ApkPart = { kind: kinds.end, text: "", number: 0 };

/** apk-tools 3: digits{.digits}[letter]{_suffix[digits]}[~commit][-rN]. */
export const apk: VersionOrder<ApkVersion> = {
  parse(text) {
    const match = whole.exec(text);
    if (match === null || /[A-Z]/.test(text.replace(/~[0-9A-Fa-f]+/, ""))) return undefined;
    const [, first = "", numbers = "", letter = "", tail = "", commit, revision] = match;
    const parts: ApkPart[] = [{ kind: kinds.first, text: first, number: digits(first) }];
    for (const number of numbers.split(".").slice(1))
      parts.push({ kind: kinds.number, text: number, number: digits(number) });
    if (letter !== "") parts.push({ kind: kinds.letter, text: letter, number: 0 });
    for (const [, name = "", number = ""] of tail.matchAll(/_([a-z]+)(\d*)/g)) {
      const rank = suffixes.get(name);
      if (rank === undefined) return undefined;
      parts.push({ kind: kinds.suffix, text: name, number: rank });
      if (number !== "") parts.push({ kind: kinds.suffixNumber, text: number, number: digits(number) });
    }
    if (commit !== undefined) parts.push({ kind: kinds.commit, text: commit, number: 0 });
    if (revision !== undefined) parts.push({ kind: kinds.revision, text: revision, number: digits(revision) });
    return parts;
  },
  compare(a, b) {
    for (let i = 0; ; i++) {
      const left = a[i] ?? end;
      const right = b[i] ?? end;
      if (left.kind !== right.kind) return compareKinds(left, right);
      if (left.kind === kinds.end) return 0;
      const result = comparePart(left, right);
      if (result !== 0) return result;
    }
  },
};

function compareKinds(left: ApkPart, right: ApkPart): Ordering {
  if (left.kind === kinds.suffix && left.number < 0) return -1;
  if (right.kind === kinds.suffix && right.number < 0) return 1;
  return left.kind > right.kind ? -1 : 1;
}

function comparePart(left: ApkPart, right: ApkPart): Ordering {
  // As Gentoo does: with a leading zero on either side, a number after a dot is compared as text.
  const asText =
    left.kind === kinds.letter ||
    left.kind === kinds.commit ||
    (left.kind === kinds.number && (left.text.startsWith("0") || right.text.startsWith("0")));
  return asText ? order(left.text, right.text) : orderDigits(left.number, right.number);
}
