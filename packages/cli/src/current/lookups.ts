import { existsSync } from "node:fs";
import type { Lookups } from "@bulkhead/analysis";
import {
  type AdvisoryDatabase,
  AdvisoryError,
  ageOf,
  createMatcher,
  findCycle,
  type Inventory,
  type MatchResult,
  noVex,
  openAdvisories,
  type Package,
} from "@bulkhead/images";

/** What a database of advisories can be asked, or what none can; `failed`: there is one, and why it cannot be read. */
export function openLookups(
  file: string,
  now: number,
  goFunctions: Inventory["goFunctions"] = {},
): Lookups & { readonly failed?: string; close(): void } {
  if (!existsSync(file)) return { ...withoutAdvisories, close() {} };
  let database: AdvisoryDatabase;
  try {
    database = openAdvisories(file);
  } catch (error) {
    if (!(error instanceof AdvisoryError)) throw error;
    return { ...withoutAdvisories, failed: error.message, close() {} };
  }
  const matcher = createMatcher(database);
  return {
    match: (packages) => matcher.match({ ...inventoryOf(packages), goFunctions }, noVex, now),
    cycles: (product) => database.lifecycle(product),
    cycleOf: (cycles, version) => findCycle(cycles, version.replace(/^v/, "")),
    sources: database.sources().map((source) => ageOf(source, now)),
    close: () => database.close(),
  };
}

const inventoryOf = (packages: readonly Package[]) => ({
  packages,
  blindSpots: [],
  coverage: { executables: 0, explained: 0 },
});

/** Nothing was ever taken in: everything is unknown, and says so. */
const withoutAdvisories: Lookups = {
  match: (packages): MatchResult => ({
    findings: [],
    undecided: [],
    coverage: packages
      .filter(({ ecosystem }) => ecosystem !== "runtime")
      .map(({ ecosystem, release }) => ({ scope: release ?? ecosystem, packages: 1, sources: [], verdict: "unknown" })),
    sources: [],
    ownedByDistribution: 0,
    kernelHeaders: 0,
    thirdParty: [],
  }),
  cycles: () => [],
  cycleOf: () => undefined,
  sources: [],
};
