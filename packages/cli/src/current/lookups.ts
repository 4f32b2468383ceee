import { existsSync } from "node:fs";
import type { Lookups } from "@bulkhead/analysis";
import {
  ageOf,
  createMatcher,
  findCycle,
  type Inventory,
  type MatchResult,
  noVex,
  openAdvisories,
  type Package,
} from "@bulkhead/images";

/** What a database of advisories can be asked, or what none can. */
export function openLookups(
  file: string,
  now: number,
  goFunctions: Inventory["goFunctions"] = {},
): Lookups & { close(): void } {
  if (!existsSync(file)) return { ...withoutAdvisories, close() {} };
  const database = openAdvisories(file);
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
