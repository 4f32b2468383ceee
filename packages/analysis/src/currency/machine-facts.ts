/** A package of the lock file that shipped, and what became of it. */
export interface ShippedDependency {
  readonly name: string;
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  /** Only for those who build and test. */
  readonly dev: boolean;
  /** Programs that hold files of it, each with how many. Empty: none does. */
  readonly in: Readonly<Record<string, number>>;
}

/** What the build wrote down of itself. */
export interface Shipped {
  readonly format: 1;
  readonly version: string;
  readonly dependencies: readonly ShippedDependency[];
}

/** A part as the machine has it, with what somebody who knows its escapes found. */
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

export interface SystemPackageFacts {
  readonly name: string;
  readonly version: string;
  readonly source: string;
  readonly sourceVersion: string;
  readonly architecture: string;
  /** What of us uses it; absent: it is only there. */
  readonly usedFor?: string;
  readonly candidate?: { readonly version: string; readonly suite: string; readonly newer: boolean };
}

export interface MachineFactsForCurrency {
  /** RFC 3339. */
  readonly lookedAt: string;
  readonly node?: { readonly version: string; readonly path: string };
  readonly kernel?: { readonly release: string; readonly installed?: string; readonly package?: SystemPackageFacts };
  /** os-release: id and version. */
  readonly distribution?: {
    readonly id: string;
    readonly versionId?: string;
    readonly codename?: string;
    readonly name: string;
  };
  readonly parts?: readonly PartFacts[];
  readonly packages?: readonly SystemPackageFacts[];
  /** When apt last read its mirrors' indexes here, RFC 3339; absent: never. */
  readonly indexesRead?: string;
}
