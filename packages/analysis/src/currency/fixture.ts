import type { Finding, MatchResult, Package, ReleaseCycle, SourceAge } from "@bulkhead/images";
import type { Lookups } from "./inventory.ts";

export const now = Date.UTC(2026, 10, 21);

interface Flaw {
  readonly of: string;
  readonly id: string;
  readonly severity?: Finding["severity"]["level"];
  readonly exploited?: boolean;
  readonly fixed?: string;
}

/** Sources that were asked and know exactly these flaws; a scope in `unasked` is one nobody has advisories of. */
export function madeLookups(
  flaws: readonly Flaw[] = [],
  more: {
    readonly unasked?: readonly string[];
    readonly stale?: boolean;
    readonly cycles?: Readonly<Record<string, readonly ReleaseCycle[]>>;
  } = {},
): Lookups {
  const sources: readonly SourceAge[] = [
    {
      name: "osv/npm",
      records: 1,
      checkedDaysAgo: more.stale === true ? 40 : 0,
      ...(more.stale === true ? { stale: "not-checked" } : {}),
    },
    ...(more.cycles === undefined ? [] : [{ name: "endoflife", records: 1, checkedDaysAgo: 2 }]),
  ];
  return {
    sources,
    cycles: (product) => more.cycles?.[product] ?? [],
    cycleOf: (cycles, version) => cycles.find(({ cycle }) => version === cycle || version.startsWith(`${cycle}.`)),
    match: (packages): MatchResult => ({
      findings: packages.flatMap((about) =>
        flaws.filter(({ of }) => of === about.name).map((flaw) => findingOf(flaw, about)),
      ),
      undecided: [],
      coverage: packages
        .filter(({ ecosystem }) => ecosystem !== "runtime")
        .map(({ ecosystem, release }) => {
          const scope = release ?? ecosystem;
          const unasked = more.unasked?.includes(scope) === true;
          return {
            scope,
            packages: 1,
            sources: unasked ? [] : ["osv"],
            verdict: unasked ? "unknown" : more.stale === true ? "stale" : "covered",
          };
        }),
      sources,
      ownedByDistribution: 0,
      kernelHeaders: 0,
      thirdParty: [],
    }),
  };
}

function findingOf({ id, severity = "high", exploited, fixed }: Flaw, about: Package): Finding {
  return {
    kind: "vulnerability",
    id,
    ids: [id],
    package: about,
    severity: { level: severity, basis: "vendor" },
    fix: fixed === undefined ? { state: "none" } : { state: "available", version: fixed },
    ...(exploited === true ? { exploited: { added: "2026-01-01", ransomware: false } } : {}),
    summary: `about ${id}`,
    sources: ["osv"],
    statements: [],
  };
}
