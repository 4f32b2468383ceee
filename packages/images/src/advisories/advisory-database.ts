import type { DatabaseSync } from "node:sqlite";
import type { Advisory, Affected } from "./advisory.ts";
import { openDatabase, openStillDatabase } from "./schema.ts";
import type { SourceState } from "./source-state.ts";

/** An advisory as a lookup gives it: what it says of one package, and whose it is. */
export interface FoundAdvisory {
  readonly advisory: AdvisoryHead;
  readonly affected: Pick<Affected, "intervals" | "versions" | "level" | "noFix" | "imports" | "module">;
  /** Name of the source. */
  readonly source: string;
}

export type AdvisoryHead = Omit<Advisory, "affected">;

/** CISA's word that a flaw is used in attacks; days as the catalogue gives them. */
export interface Exploited {
  readonly added: string;
  readonly due?: string;
  readonly ransomware: boolean;
}

export interface Epss {
  /** Probability of exploitation within 30 days. */
  readonly score: number;
  readonly percentile: number;
}

/** One release line of a product, endoflife.date's words: days as YYYY-MM-DD, or whether at all where no day is known. */
export interface ReleaseCycle {
  readonly cycle: string;
  readonly codename?: string;
  readonly endOfLife?: string | boolean;
  /** End of support that has to be paid for, or that a community gives after the vendor. */
  readonly extendedSupport?: string | boolean;
  readonly latest?: string;
}

export interface AdvisoryDatabase {
  /** Every source that was ever taken in, by name. */
  sources(): readonly SourceState[];
  /** Changes whenever anything was taken in, by whatever process: what was matched before may be out of date. */
  generation(): number;
  /** Runs many reads on one state of the database, and faster than each by itself. */
  snapshot<T>(work: () => T): T;
  /** All that sources say of a package, by its scope and key (see packageKey). */
  lookup(scope: string, packageName: string): readonly FoundAdvisory[];
  /** Sources that hold advisories of a scope. */
  sourcesOf(scope: string): readonly string[];
  /** When a fix was first seen, for sources that date none. */
  fixSeen(scope: string, packageName: string, version: string): number | undefined;
  /** The highest CVSS score that any advisory about a flaw gives it, of whatever package. */
  scored(cve: string): { readonly source: string; readonly cvss: NonNullable<Advisory["cvss"]> } | undefined;
  exploited(cve: string): Exploited | undefined;
  epss(cve: string): Epss | undefined;
  lifecycle(product: string): readonly ReleaseCycle[];
  close(): void;
}

/** Heads of advisories that were parsed lately: one is often of many packages. */
const rememberedHeads = 50_000;

/** Opens a database of advisories for reading, made where there is none. One process may import while others read. */
export const openAdvisories = (file: string): AdvisoryDatabase => reading(openDatabase(file));

/** Opens a database that is held still (see `holdAdvisories`) for whoever may only read it. */
export const openStillAdvisories = (file: string): AdvisoryDatabase => reading(openStillDatabase(file));

function reading(database: DatabaseSync): AdvisoryDatabase {
  const statements = prepare(database);
  const heads = new Map<number, { head: AdvisoryHead; source: string }>();
  const scopes = new Map<string, number>();
  let seen = -1;
  let inSnapshot = false;

  const version = (): number => {
    if (inSnapshot) return seen;
    const now = Number(statements.version.get()?.["data_version"]);
    if (now !== seen) {
      heads.clear();
      scopes.clear();
      seen = now;
    }
    return now;
  };
  const scopeId = (name: string): number | undefined => {
    if (scopes.size === 0)
      for (const row of statements.scopes.all()) scopes.set(String(row["name"]), Number(row["id"]));
    return scopes.get(name);
  };
  const headOf = (id: number): { head: AdvisoryHead; source: string } | undefined => {
    const known = heads.get(id);
    if (known !== undefined) return known;
    const row = statements.head.get(id);
    if (row === undefined) return undefined;
    const made = { head: JSON.parse(String(row["head"])) as AdvisoryHead, source: String(row["name"]) };
    if (heads.size >= rememberedHeads) heads.clear();
    heads.set(id, made);
    return made;
  };

  return {
    generation: version,
    snapshot(work) {
      if (inSnapshot) return work();
      database.exec("BEGIN");
      try {
        // The first read begins the snapshot; only then is the version that of what will be read.
        statements.sources.all();
        version();
        inSnapshot = true;
        return work();
      } finally {
        inSnapshot = false;
        database.exec("COMMIT");
      }
    },
    sources: () => statements.sources.all().map((row) => JSON.parse(String(row["body"])) as SourceState),
    lookup(scope, packageName) {
      version();
      const id = scopeId(scope);
      if (id === undefined) return [];
      return statements.lookup.all(id, packageName).flatMap((row) => {
        const found = headOf(Number(row["advisory"]));
        if (found === undefined) return [];
        const affected = JSON.parse(String(row["body"])) as FoundAdvisory["affected"];
        return [{ advisory: found.head, affected, source: found.source }];
      });
    },
    sourcesOf: (scope) =>
      statements.sources
        .all()
        .map((row) => JSON.parse(String(row["body"])) as SourceState)
        .filter((source) => source.scopes.includes(scope))
        .map((source) => source.name),
    fixSeen(scope, packageName, fixed) {
      version();
      const id = scopeId(scope);
      const at = id === undefined ? undefined : statements.fixSeen.get(id, packageName, fixed)?.["at"];
      return at === undefined ? undefined : Number(at);
    },
    scored(cve) {
      version();
      return statements.scored
        .all(cve)
        .flatMap((row) => {
          const found = headOf(Number(row["advisory"]));
          return found?.head.cvss === undefined ? [] : [{ source: found.source, cvss: found.head.cvss }];
        })
        .toSorted((a, b) => b.cvss.score - a.cvss.score)[0];
    },
    exploited(cve) {
      const row = statements.exploited.get(cve);
      return row === undefined ? undefined : (JSON.parse(String(row["body"])) as Exploited);
    },
    epss(cve) {
      const row = statements.epss.get(cve);
      return row === undefined ? undefined : { score: Number(row["score"]), percentile: Number(row["percentile"]) };
    },
    lifecycle: (product) =>
      statements.lifecycle.all(product).map((row) => JSON.parse(String(row["body"])) as ReleaseCycle),
    close: () => database.close(),
  };
}

function prepare(database: DatabaseSync) {
  return {
    version: database.prepare("PRAGMA data_version"),
    sources: database.prepare("SELECT body FROM source ORDER BY name"),
    scopes: database.prepare("SELECT id, name FROM scope"),
    lookup: database.prepare("SELECT advisory, body FROM affected WHERE scope = ? AND package = ?"),
    head: database.prepare("SELECT a.head, s.name FROM advisory a JOIN source s ON s.id = a.source WHERE a.id = ?"),
    fixSeen: database.prepare("SELECT at FROM fix_seen WHERE scope = ? AND package = ? AND version = ?"),
    scored: database.prepare("SELECT advisory FROM scored WHERE cve = ?"),
    exploited: database.prepare("SELECT body FROM exploited WHERE cve = ?"),
    epss: database.prepare("SELECT score, percentile FROM epss WHERE cve = ?"),
    lifecycle: database.prepare("SELECT body FROM lifecycle WHERE product = ? ORDER BY cycle"),
  };
}
