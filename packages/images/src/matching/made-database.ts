import type { Advisory } from "../advisories/advisory.ts";
import type { AdvisoryDatabase, Epss, Exploited, ReleaseCycle } from "../advisories/advisory-database.ts";
import type { SourceState } from "../advisories/source-state.ts";
import type { Inventory, Package } from "../inventory.ts";
import { bodyOf } from "../packages/file-body.ts";
import { readGoFunctions } from "../packages/go-functions.ts";

/** For tests: a database of a few advisories in memory. */
export interface Made {
  readonly advisories?: Readonly<Record<string, readonly Advisory[]>>;
  readonly exploited?: Readonly<Record<string, Exploited>>;
  readonly epss?: Readonly<Record<string, Epss>>;
  readonly cycles?: Readonly<Record<string, readonly ReleaseCycle[]>>;
  readonly fixesSeen?: number;
  readonly newest?: number;
  readonly kind?: SourceState["kind"];
}

export function madeDatabase(made: Made): AdvisoryDatabase {
  const all = Object.entries(made.advisories ?? {}).flatMap(([source, list]) =>
    list.flatMap(({ affected, ...advisory }) => affected.map((each) => ({ source, advisory, affected: each }))),
  );
  const scopes = (source: string): string[] => [
    ...new Set(all.filter((each) => each.source === source).map((each) => each.affected.scope)),
  ];
  const sources = Object.keys(made.advisories ?? {}).map(
    (name): SourceState => ({
      name,
      kind: made.kind ?? "osv",
      location: "here",
      checked: Date.UTC(2026, 0, 1),
      newest: made.newest ?? Date.UTC(2026, 0, 1),
      records: 1,
      withdrawn: 0,
      irrelevant: 0,
      unreadable: { count: 0, first: [] },
      scopes: scopes(name),
    }),
  );
  return {
    sources: () => sources,
    generation: () => 1,
    snapshot: (work) => work(),
    lookup: (scope, name) => all.filter(({ affected }) => affected.scope === scope && affected.package === name),
    sourcesOf: (scope) => sources.filter((each) => each.scopes.includes(scope)).map((each) => each.name),
    scored: (cve) =>
      all.flatMap(({ source, advisory: { id, aliases, cvss } }) =>
        cvss !== undefined && [id, ...aliases].includes(cve) ? [{ source, cvss }] : [],
      )[0],
    fixSeen: () => made.fixesSeen,
    exploited: (cve) => made.exploited?.[cve],
    epss: (cve) => made.epss?.[cve],
    lifecycle: (product) => made.cycles?.[product] ?? [],
    close() {},
  };
}

/** One advisory about one package, with what differs from the plainest. */
export function madeAdvisory(
  id: string,
  scope: string,
  name: string,
  intervals: Advisory["affected"][number]["intervals"],
  {
    affected = {},
    ...more
  }: Partial<Omit<Advisory, "affected">> & { affected?: Partial<Advisory["affected"][number]> } = {},
): Advisory {
  return {
    id,
    kind: "vulnerability",
    aliases: [],
    answers: [],
    summary: `about ${id}`,
    datesFix: false,
    affected: [{ scope, package: name, intervals, versions: [], ...affected }],
    ...more,
  };
}

export const madePackage = (
  ecosystem: Package["ecosystem"],
  name: string,
  version: string,
  more: Partial<Package> = {},
): Package => ({
  ecosystem,
  name,
  version,
  paths: [`opt/${name}`],
  ...more,
});

export const madeInventory = (packages: readonly Package[], distribution?: Inventory["distribution"]): Inventory => ({
  packages,
  blindSpots: [],
  coverage: { executables: 0, explained: 0 },
  ...(distribution === undefined ? {} : { distribution }),
});

/** The functions of a Go program with these, and `runtime.main`. */
export function madeGoFunctions(...names: readonly string[]): string {
  const text = Buffer.from(`runtime.main\0${names.join("\0")}\0`, "latin1");
  const head = Buffer.alloc(80);
  head.set([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]);
  head.writeBigUInt64LE(80n, 32);
  head.writeBigUInt64LE(BigInt(80 + text.length), 40);
  const bytes = Buffer.concat([head, text]);
  const section = () => ({ offset: 0, size: bytes.length });
  return readGoFunctions(bodyOf(bytes), { littleEndian: true, wide: true, segments: [], section }, undefined) ?? "";
}
