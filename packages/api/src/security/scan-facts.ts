/** How bad a finding is: `negligible` is the vendor's word that it hardly matters, `unknown` that nobody has said. */
export type FindingSeverity = "critical" | "high" | "medium" | "low" | "negligible" | "unknown";

/** One known flaw of one package. */
export interface FindingFacts {
  readonly id: string;
  readonly aliases: readonly string[];
  /** `openssl 3.0.14-1` */
  readonly package: string;
  readonly severity: FindingSeverity;
  /** The version that mends it; absent: there is none. */
  readonly fixedVersion?: string;
  /** When the fix came out, or first when it was reported; milliseconds since the epoch. Absent: nobody says. */
  readonly fixedAt?: number;
  /** Known to be exploited. */
  readonly exploited?: boolean;
  /** The package itself is the attack. */
  readonly malicious?: boolean;
  /** A running container has loaded files of its package. Absent proves nothing. */
  readonly inUse?: boolean;
  /** Whose VEX statements say that this image is not affected; only authors whose names are proven or given by a policy. */
  readonly notAffectedBy?: readonly string[];
}

/** A source that a scan was matched with. */
export interface ScanSource {
  readonly name: string;
  /** Why it is too old to be believed whole, or that it was not there at all; absent: it is fresh. */
  readonly stale?: string;
}

/** What is known of a digest's content, as policies ask about it: what only people read is left out. */
export interface ScanFacts {
  readonly findings: readonly FindingFacts[];
  readonly sources: readonly ScanSource[];
  /** Bases and runtimes that nobody mends any more. */
  readonly endOfLife: readonly { readonly name: string; readonly since: string }[];
  readonly misconfigurations: readonly {
    readonly id: string;
    readonly severity: FindingSeverity;
    readonly says: string;
  }[];
  /** Where secrets lie: the rule that found one and the file. Never a value. */
  readonly secrets: readonly { readonly rule: string; readonly path: string }[];
  /** What could not be looked into. */
  readonly blindSpots: readonly { readonly what: string; readonly where: string }[];
}
