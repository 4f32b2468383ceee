import type { TagRule } from "@bulkhead/api";
import { parse, Range, type SemVer } from "semver";

/** What a rule makes of a repository's tags. */
export type NewerTags =
  /** Those above the current one, the newest first. */
  | { readonly kind: "newer"; readonly tags: readonly string[] }
  /** The current tag has no place in the rule's order: nothing can be said to be newer. */
  | { readonly kind: "unknown-current" }
  | { readonly kind: "none-matches" };

/** One order of tags. `place` is undefined for a tag that has none in it. */
export interface TagOrder<P = unknown> {
  place(tag: string): P | undefined;
  compare(a: P, b: P): number;
  /** Whether a tag with this place may be chosen. */
  offers(place: P): boolean;
  /** Whether what runs may be compared with what is offered. */
  knows(place: P): boolean;
}

/** Three numbers, `v` in front or not: `1.27` is a tag that moves, and `1.27.0-alpine` reads as a pre-release. */
const versionOf = (text: string): SemVer | undefined =>
  /^v?\d+\.\d+\.\d+/.test(text) ? (parse(text) ?? undefined) : undefined;

const released = (version: SemVer): boolean => version.prerelease.length === 0;

function semverOrder(range: Range): TagOrder<SemVer> {
  // A range offers pre-releases only of the very version that it names with one, as npm has it.
  const offers = (version: SemVer): boolean => range.test(version);
  return {
    place: versionOf,
    compare: (a, b) => a.compare(b),
    offers,
    // `1.27.0-alpine` is another kind of image than `1.27.1`, whatever the order says.
    knows: (version) => released(version) || offers(version),
  };
}

const compareParts = (a: readonly bigint[], b: readonly bigint[]): number => {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left = -1n, right = -1n] = [a[i], b[i]];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
};

const numbers = (rest: string): readonly bigint[] | undefined => {
  const parts = rest.split(/[._-]/);
  return parts.every((part) => /^\d+$/.test(part)) ? parts.map(BigInt) : undefined;
};

const calendar = /^(\d{4})([-._]?)(\d{2})\2(\d{2})(?:[-._T]?(\d{1,9}))?$/;

const days = (rest: string): readonly bigint[] | undefined => {
  const [, year = "", , month = "", day = "", time] = calendar.exec(rest) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const real = year !== "" && date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
  return real ? [year, month, day, ...(time === undefined ? [] : [time])].map(BigInt) : undefined;
};

const always = (): boolean => true;
const ordered = <P>(place: (rest: string) => P | undefined, compare: (a: P, b: P) => number): TagOrder<P> => ({
  place,
  compare,
  offers: always,
  knows: always,
});

const orders = {
  Numeric: ordered(numbers, compareParts),
  Date: ordered(days, compareParts),
  Semver: ordered(
    (rest) => {
      const version = versionOf(rest);
      return version !== undefined && released(version) ? version : undefined;
    },
    (a, b) => a.compare(b),
  ),
  Alphabetical: ordered(
    (rest) => (rest === "" ? undefined : rest),
    (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  ),
} as const;

/** The order of a rule that follows several tags; undefined for one that follows a single tag's digest. Throws TypeError on a range that is none. */
export function tagOrder(rule: TagRule): TagOrder | undefined {
  if (rule.semver !== undefined) return semverOrder(new Range(rule.semver)) as TagOrder;
  const { prefix } = rule;
  if (prefix === undefined) return undefined;
  const order = orders[rule.order ?? "Numeric"] as TagOrder;
  return { ...order, place: (tag) => (tag.startsWith(prefix) ? order.place(tag.slice(prefix.length)) : undefined) };
}

/** Pure. What of `tags` is above `current`. */
export function newerTags(order: TagOrder, tags: readonly string[], current: string | undefined): NewerTags {
  const placed = tags.flatMap((tag) => {
    const place = order.place(tag);
    return place !== undefined && order.offers(place) ? [{ tag, place }] : [];
  });
  if (placed.length === 0) return { kind: "none-matches" };
  const from = current === undefined ? undefined : order.place(current);
  if (from === undefined || !order.knows(from)) return { kind: "unknown-current" };
  const newer = placed
    .filter(({ place }) => order.compare(place, from) > 0)
    .sort((a, b) => order.compare(b.place, a.place) || (a.tag < b.tag ? -1 : 1));
  return { kind: "newer", tags: newer.map(({ tag }) => tag) };
}
