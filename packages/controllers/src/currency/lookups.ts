import type { Lookups } from "@bulkhead/analysis";
import {
  type AdvisoryDatabase,
  ageOf,
  createMatcher,
  findCycle,
  type Inventory,
  type MatchResult,
  noVex,
  type Package,
} from "@bulkhead/images";

/** What an open database of advisories can be asked; it stays the caller's to close. */
export function lookupsOf(
  database: AdvisoryDatabase,
  now: number,
  goFunctions: Inventory["goFunctions"] = {},
): Lookups {
  const matcher = createMatcher(database);
  return {
    match: (packages) => matcher.match({ ...inventoryOf(packages), goFunctions }, noVex, now),
    cycles: (product) => database.lifecycle(product),
    cycleOf: (cycles, version) => findCycle(cycles, version.replace(/^v/, "")),
    sources: database.sources().map((source) => ageOf(source, now)),
  };
}

const inventoryOf = (packages: readonly Package[]) => ({
  packages,
  blindSpots: [],
  coverage: { executables: 0, explained: 0 },
});

/** Nothing was ever taken in: everything is unknown, and says so. */
export const withoutAdvisories: Lookups = {
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
