import { type Digits, digits, type Ordering, order, orderDigits, type VersionOrder } from "./version-order.ts";

/** A semantic version: its numbers, then its pre-release identifiers (none: a release). Build metadata does not count. */
export interface SemanticVersion {
  readonly numbers: readonly Digits[];
  readonly pre: readonly (string | Digits)[];
}

const pattern = /^[v=]?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9a-z-]+(?:\.[0-9a-z-]+)*))?(?:\+[0-9a-z.-]+)?$/i;

/** semver.org 2.0.0; a missing minor or patch number is 0, as OSV's events have it. */
export const semver: VersionOrder<SemanticVersion> = { parse: parseSemver, compare: compareSemver };

function parseSemver(text: string): SemanticVersion | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  const [, major = "0", minor = "0", patch = "0", pre] = match;
  return { numbers: [digits(major), digits(minor), digits(patch)], pre: preRelease(pre) };
}

const preRelease = (text: string | undefined): (string | Digits)[] =>
  text === undefined ? [] : text.split(".").map((part) => (/^\d+$/.test(part) ? digits(part) : part));

function compareSemver(a: SemanticVersion, b: SemanticVersion): Ordering {
  const length = Math.max(a.numbers.length, b.numbers.length);
  for (let i = 0; i < length; i++) {
    const result = orderDigits(a.numbers[i] ?? 0, b.numbers[i] ?? 0);
    if (result !== 0) return result;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return order(Number(a.pre.length === 0), Number(b.pre.length === 0));
  for (let i = 0; ; i++) {
    const left = a.pre[i];
    const right = b.pre[i];
    if (left === undefined || right === undefined)
      return order(Number(left !== undefined), Number(right !== undefined));
    const result = compareIdentifiers(left, right);
    if (result !== 0) return result;
  }
}

function compareIdentifiers(a: string | Digits, b: string | Digits): Ordering {
  if (typeof a === "string") return typeof b === "string" ? order(a, b) : 1;
  return typeof b === "string" ? -1 : orderDigits(a, b);
}

const toolchain = /^go(\d+)\.(\d+)(?:\.(\d+))?(?:(beta|rc)(\d+))?(?:[-+ ].*)?$/;

/** Go modules (semver, pseudo-versions and `+incompatible` included) and Go's own releases (`go1.24rc1`). */
export const goModules: VersionOrder<SemanticVersion> = {
  parse(text) {
    const release = toolchain.exec(text.trim());
    if (release === null) return parseSemver(text);
    const [, major = "0", minor = "0", patch = "0", stage, number = "0"] = release;
    return {
      numbers: [digits(major), digits(minor), digits(patch)],
      pre: stage === undefined ? [] : [stage, digits(number)],
    };
  },
  compare: compareSemver,
};

const fourParts = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9a-z-]+(?:\.[0-9a-z-]+)*))?(?:\+[0-9a-z.-]+)?$/;

/** NuGet: semver with a fourth number, pre-releases without regard to case. */
export const nuget: VersionOrder<SemanticVersion> = {
  parse(text) {
    const match = fourParts.exec(text.trim().toLowerCase());
    if (match === null) return undefined;
    const [, a = "0", b = "0", c = "0", d = "0", pre] = match;
    return { numbers: [digits(a), digits(b), digits(c), digits(d)], pre: preRelease(pre) };
  },
  compare: compareSemver,
};
