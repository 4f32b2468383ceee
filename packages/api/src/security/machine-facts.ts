/** A part as the machine has it, with what its Debian changelog and the runtimes' advisories say of it. */
export interface PartFacts {
  readonly name: string;
  readonly version: string;
  /** Debian's suite it came from: `testing`, `testing-security`, `bookworm`. */
  readonly suite: string;
  /** CVEs that its Debian changelog names: repaired. */
  readonly changelogNames: readonly string[];
  readonly escapes: readonly {
    readonly id: string;
    readonly lets: string;
    readonly grave: boolean;
    /** Upstream's versions that mend it. */
    readonly fixed: string;
  }[];
  readonly origin: string;
  /** What a suite offers; `asked` RFC 3339. Absent: nobody was asked. */
  readonly offer?: {
    readonly version: string;
    readonly suite: string;
    readonly asked: string;
    readonly newer: boolean;
  };
}

/** A package of the machine that matters to what runs here. */
export interface SystemPackageFacts {
  readonly name: string;
  readonly version: string;
  readonly source: string;
  readonly sourceVersion: string;
  readonly architecture: string;
  /** What of ours uses it; absent: everything here does, as everywhere. */
  readonly usedFor?: string;
  /** What this machine's apt would install, by the indexes it read last. */
  readonly candidate?: { readonly version: string; readonly suite: string; readonly newer: boolean };
}
