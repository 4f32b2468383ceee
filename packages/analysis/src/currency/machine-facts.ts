import type { PartFacts, SystemPackageFacts } from "@bulkhead/api";

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
