import type { FindingSeverity } from "@bulkhead/api";
import type { GoImport } from "../packages/go-functions.ts";

/** How bad. */
export type SeverityLevel = FindingSeverity;

/** What an advisory itself says of severity; both absent: nothing. */
export interface SeverityClaims {
  /** Who rated it, and how: the distribution, or the advisory database. */
  readonly vendor?: { readonly by: string; readonly level: SeverityLevel };
  readonly cvss?: { readonly vector: string; readonly score: number };
}

/**
 * - `vulnerability`: a known flaw.
 * - `malicious`: the package itself is the attack (OSV `MAL-`): no severity weighs it.
 * - `update`: a distribution's security suite carries a newer version, and no more is known.
 */
export type AdvisoryKind = "vulnerability" | "malicious" | "update";

/** One advisory in the form in which it is stored, whoever published it. */
export interface Advisory extends SeverityClaims {
  readonly id: string;
  readonly kind: AdvisoryKind;
  /** Other names of the same flaw. */
  readonly aliases: readonly string[];
  /** The flaws that a distribution's advisory answers, each its own. Empty: the advisory is about one flaw. */
  readonly answers: readonly string[];
  readonly summary: string;
  readonly url?: string;
  /** Milliseconds since the epoch. */
  readonly published?: number;
  readonly modified?: number;
  /** Whether `published` is the day on which the fix came out (a distribution's erratum), not that of the report. */
  readonly datesFix: boolean;
  readonly affected: readonly Affected[];
}

/** The versions of one package, in one scope, that an advisory holds for. */
export interface Affected {
  /** An ecosystem (`PyPI`) or a distribution release (`debian:12`, in releaseOf's form). */
  readonly scope: string;
  /** In the scope's own spelling; PyPI normalised. For Debian, Ubuntu and Alpine the source package. */
  readonly package: string;
  readonly intervals: readonly Interval[];
  /** Single versions beyond the intervals. */
  readonly versions: readonly string[];
  /** Where the vendor rates this release otherwise than the whole. */
  readonly level?: SeverityLevel;
  /** The vendor's word on a fix that is not there. */
  readonly noFix?: "wont-fix" | "deferred" | "end-of-life";
  /** Go: the packages and functions that the flaw is in. */
  readonly imports?: readonly GoImport[];
  /** rpm module `name:stream` that the versions are of. */
  readonly module?: string;
}

/** From `introduced` (absent: from the beginning) to below `fixed` or `below`, or to `last` included; else without end. */
export interface Interval {
  readonly introduced?: string;
  readonly fixed?: string;
  /** An end that is no fix. */
  readonly below?: string;
  readonly last?: string;
}

/** What became of one record of a source. */
export type ParsedRecord =
  | { readonly state: "read"; readonly advisories: readonly Advisory[] }
  | { readonly state: "withdrawn" }
  /** Well-formed, but about nothing that a container image holds. */
  | { readonly state: "irrelevant" }
  | { readonly state: "unreadable"; readonly why: string };

const words: Readonly<Record<string, SeverityLevel>> = {
  critical: "critical",
  high: "high",
  important: "high",
  medium: "medium",
  moderate: "medium",
  low: "low",
  minor: "low",
  negligible: "negligible",
  unimportant: "negligible",
  none: "negligible",
};

/** A vendor's word for severity; undefined for words that rate nothing (`not yet assigned`, `untriaged`). */
export const severityOfWord = (word: unknown): SeverityLevel | undefined => {
  if (typeof word !== "string") return undefined;
  const known = word.toLowerCase();
  return Object.hasOwn(words, known) ? words[known] : undefined;
};

/** CVSS's own qualitative scale; version 2 has no critical. */
export function severityOfScore(score: number, vector: string): SeverityLevel {
  const second = !vector.startsWith("CVSS:");
  if (score >= 9 && !second) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "negligible";
}
