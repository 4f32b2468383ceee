import type { SeverityLevel } from "../advisories/advisory.ts";
import type { Epss, Exploited } from "../advisories/advisory-database.ts";
import type { SourceAge } from "../advisories/source-state.ts";
import type { Package } from "../inventory.ts";
import type { VexStatus } from "./vex-statement.ts";

/**
 * - `vulnerability`, `malicious`, `update`: as the advisory's kind.
 * - `end-of-life`: a distribution or runtime whose publisher no longer mends it.
 */
export type FindingKind = "vulnerability" | "malicious" | "update" | "end-of-life";

export interface Severity {
  readonly level: SeverityLevel;
  /** Who says so: the vendor's own rating, an advisory's CVSS vector, or nobody (then the level is `unknown`). */
  readonly basis: "vendor" | "cvss" | "none";
  /** The vendor or advisory database. */
  readonly by?: string;
  readonly score?: number;
  readonly vector?: string;
}

export interface Fix {
  /**
   * - `available`: `version` mends it.
   * - `none`: no fix is known; `deferred`, `wont-fix`, `end-of-life`: the vendor's reason.
   */
  readonly state: "available" | "none" | "deferred" | "wont-fix" | "end-of-life";
  /** The newest of what the advisories name: with it, all of them are answered. */
  readonly version?: string;
  /** Since when there has been a fix, milliseconds: from the erratum's day, the advisory's, or our first sight of it. */
  readonly since?: { readonly at: number; readonly basis: "erratum" | "advisory" | "first-seen" };
}

/** A statement on a finding, by whom and from where; kept whether or not it settles anything. */
export interface AppliedStatement {
  readonly author: string;
  readonly document: string;
  readonly origin: string;
  /** The author's signature was verified. */
  readonly verified?: true;
  readonly status: VexStatus;
  readonly justification?: string;
  readonly statement?: string;
  readonly at?: number;
}

/** One flaw in one package of one image, whatever number of advisories speak of it. */
export interface Finding {
  readonly kind: FindingKind;
  /** The name people know it by: the CVE where it has one. */
  readonly id: string;
  /** Every name of it, and of the errata that answer it. */
  readonly ids: readonly string[];
  readonly package: Package;
  readonly severity: Severity;
  readonly fix: Fix;
  readonly exploited?: Exploited;
  readonly epss?: Epss;
  readonly summary: string;
  readonly url?: string;
  /** When the flaw was made public, as far as its advisories say. */
  readonly published?: number;
  /** Names of the sources that it comes from. */
  readonly sources: readonly string[];
  readonly endOfLife?: EndOfLife;
  /**
   * Go: whether the functions that the flaw is in are part of the program. `not-linked`: they are not in it, as far as the
   * program tells; absent: nobody can say.
   */
  readonly vulnerableCode?: "linked" | "not-linked";
  /** Every VEX statement about it, newest first. */
  readonly statements: readonly AppliedStatement[];
  /** The statement that settles it: such a finding is shown, and counts for nothing. */
  readonly suppressed?: AppliedStatement;
  /** Everyone whose word settles it: a policy may honour one and not another. */
  readonly settledBy?: readonly string[];
}

export interface EndOfLife {
  readonly product: string;
  readonly cycle: string;
  /** The day on which ordinary support ended; absent: it ended, nobody says when. */
  readonly since?: string;
  /** The day to which support goes on for those who pay, or from a community. */
  readonly extendedUntil?: string;
}

/** What could not be decided: neither passed nor found. */
export interface Undecided {
  readonly package: Package;
  /** The advisory, or nothing where it is the package itself. */
  readonly id?: string;
  readonly why: "version-unparsable" | "no-version-order" | "module-unknown";
}

/** How far the advisories at hand could speak about one ecosystem or release of an image. */
export interface EcosystemCoverage {
  /** `debian:12`, `PyPI`. */
  readonly scope: string;
  readonly packages: number;
  /** Names of the sources that hold advisories of it. */
  readonly sources: readonly string[];
  /**
   * - `covered`: at least one source, and none of them stale.
   * - `stale`: what was found holds; what was not found may be there.
   * - `unknown`: no advisories of it are at hand, or its distribution is not known: nothing is said.
   */
  readonly verdict: "covered" | "stale" | "unknown";
  /** All its sources name only flaws that have a fix: those without one are not among the findings. */
  readonly fixesOnly?: true;
}

export interface MatchResult {
  /** Worst first: malicious, exploited, by severity, within one what is in use first and what is not linked last, by EPSS. Suppressed ones last. */
  readonly findings: readonly Finding[];
  readonly undecided: readonly Undecided[];
  readonly coverage: readonly EcosystemCoverage[];
  /** Every source with its age: a stale one is said in every result. */
  readonly sources: readonly SourceAge[];
  /** Language packages that an OS package owns: the distribution's advisories speak for them. */
  readonly ownedByDistribution: number;
  /** Packages of the kernel's headers: their flaws are the kernel's, and no container runs its own. */
  readonly kernelHeaders: number;
  /** OS packages that the distribution did not build: its advisories do not speak of them, and no others were found. */
  readonly thirdParty: readonly Package[];
}
