import {
  type Digits,
  digits,
  isDigit,
  isLetter,
  type Ordering,
  orderDigits,
  type VersionOrder,
} from "./version-order.ts";

/** A Debian version, deb-version(7): [epoch:]upstream[-revision]. */
export interface DpkgVersion {
  readonly epoch: Digits;
  readonly upstream: string;
  readonly revision: string;
}

export const dpkg: VersionOrder<DpkgVersion> = {
  parse(text) {
    const trimmed = text.trim();
    if (!/^[\x21-\x7e]+$/.test(trimmed)) return undefined;
    const colon = trimmed.indexOf(":");
    const epoch = colon < 0 ? "0" : trimmed.slice(0, colon);
    if (!/^\d+$/.test(epoch) || digits(epoch) > 2_147_483_647) return undefined;
    const rest = trimmed.slice(colon + 1);
    const dash = rest.lastIndexOf("-");
    const upstream = dash < 0 ? rest : rest.slice(0, dash);
    const revision = dash < 0 ? "" : rest.slice(dash + 1);
    // dpkg itself only warns of a first character that is no digit, or of others than it names.
    if (upstream === "" || (dash >= 0 && revision === "")) return undefined;
    return { epoch: digits(epoch), upstream, revision };
  },
  compare: (a, b) =>
    orderDigits(a.epoch, b.epoch) || comparePart(a.upstream, b.upstream) || comparePart(a.revision, b.revision),
};

/** Weight of a character outside of a number: tilde before the end, the end before letters, letters before the rest. */
function weight(code: number): number {
  if (Number.isNaN(code) || isDigit(code)) return 0;
  if (isLetter(code)) return code;
  return code === 0x7e ? -1 : code + 256;
}

function comparePart(a: string, b: string): Ordering {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  const inText = (text: string, at: number): boolean => at < text.length && !isDigit(text.charCodeAt(at));
  while (i < a.length || j < b.length) {
    while (inText(a, i) || inText(b, j)) {
      const difference = weight(a.charCodeAt(i)) - weight(b.charCodeAt(j));
      if (difference !== 0) return difference < 0 ? -1 : 1;
      i++;
      j++;
    }
    while (a.charCodeAt(i) === 0x30) i++;
    while (b.charCodeAt(j) === 0x30) j++;
    let first: number = 0;
    while (isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      if (first === 0) first = a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (isDigit(a.charCodeAt(i))) return 1;
    if (isDigit(b.charCodeAt(j))) return -1;
    if (first !== 0) return first < 0 ? -1 : 1;
  }
  return 0;
}
