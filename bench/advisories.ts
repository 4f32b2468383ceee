/**
 * Advisories: a folder of them taken in, and a thousand images of three hundred packages each matched again as after
 * new advisories. `node bench/advisories.ts FOLDER`, the folder as for `bulkhead advisories import`. Each is done in a
 * process of its own, so that its peak of memory is its own.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  compareVersions,
  createMatcher,
  type Inventory,
  importAdvisories,
  noVex,
  openAdvisories,
  type Package,
  type PackageEcosystem,
} from "@bulkhead/images";
import { report, round } from "./report.ts";

const images = 1000;
const perImage = 300;
/** Distinct versions of a package that are about, and distinct packages, as in one organisation's registry. */
const versionsAbout = 4;
const packagesAbout = 4000;

type Measured = Readonly<Record<string, number>>;

async function measureImport(folder: string, file: string): Promise<Measured> {
  const take = async (): Promise<{ ms: number; cpu: number; records: number }> => {
    const start = performance.now();
    const used = process.cpuUsage();
    const imported = await importAdvisories({ file, location: folder, accept: false, now: Date.now() });
    const records = imported.reduce((sum, each) => sum + (each.outcome === "taken" ? each.source.records : 0), 0);
    const { user, system } = process.cpuUsage(used);
    return { ms: performance.now() - start, cpu: (user + system) / 1000, records };
  };
  const first = await take();
  const again = await take();
  return {
    records: first.records,
    "first ms": round(first.ms),
    "of it CPU": round(first.cpu),
    "unchanged ms": round(again.ms),
  };
}

let seed = 7;
const below = (limit: number): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
};

/**
 * Packages as images have them: one in four of a name that the advisories know, at versions that mended something once,
 * mostly a late one; the others of names that nobody warns of.
 */
function somePackages(file: string): readonly Package[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database
    .prepare(
      "SELECT s.name AS scope, a.package AS name, group_concat(a.body, char(10)) AS bodies FROM affected a JOIN scope s ON s.id = a.scope GROUP BY 1, 2",
    )
    .all();
  database.close();
  return Array.from({ length: packagesAbout }, (_, i): Package[] => {
    const row = rows[below(rows.length)];
    const scope = String(row?.["scope"]);
    const os = scope.includes(":");
    const ecosystem = (os ? "rpm" : scope) as PackageEcosystem;
    const fixes = [...String(row?.["bodies"]).matchAll(/"fixed":"([^"]+)"/g)].map((match) => match[1] ?? "");
    const ordered = fixes.toSorted((a, b) => Number(compareVersions(ecosystem, a, b)));
    return Array.from({ length: versionsAbout }, (_unused, age) => ({
      ecosystem,
      name: i % 4 === 0 ? String(row?.["name"]) : `unheard-of-${i}`,
      version: ordered.at(-1 - (age % 2 === 0 ? 0 : below(ordered.length))) ?? "1.0.0",
      paths: ["usr/lib/somewhere"],
      ...(os ? { release: scope } : {}),
    }));
  }).flat();
}

function measureMatch(file: string): Measured {
  const packages = somePackages(file);
  const inventories = Array.from(
    { length: images },
    (): Inventory => ({
      packages: Array.from({ length: perImage }, () => packages[below(packages.length)] as Package),
      blindSpots: [],
      coverage: { executables: 0, explained: 0 },
    }),
  );
  const database = openAdvisories(file);
  const now = Date.now();
  const matcher = createMatcher(database);
  const all = (): { ms: number; cpu: number; findings: number } => {
    const start = performance.now();
    const used = process.cpuUsage();
    let findings = 0;
    for (const inventory of inventories) findings += matcher.match(inventory, noVex, now).findings.length;
    const { user, system } = process.cpuUsage(used);
    return { ms: performance.now() - start, cpu: (user + system) / 1000, findings };
  };
  const first = all();
  const again = all();
  database.close();
  return {
    images,
    packages: images * perImage,
    findings: first.findings,
    "after new advisories ms": round(first.ms),
    "of it CPU": round(first.cpu),
    "nothing new ms": round(again.ms),
  };
}

const [first, second, third] = process.argv.slice(2);
if (first === "--import" && second !== undefined && third !== undefined) {
  const measured = await measureImport(second, third);
  console.log(JSON.stringify({ ...measured, "peak MB": round(process.resourceUsage().maxRSS / 1024) }));
} else if (first === "--match" && second !== undefined) {
  console.log(JSON.stringify({ ...measureMatch(second), "peak MB": round(process.resourceUsage().maxRSS / 1024) }));
} else if (first === undefined) {
  console.error("node bench/advisories.ts FOLDER: name a folder of advisories");
  process.exitCode = 2;
} else {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-bench-"));
  const file = join(folder, "advisories.db");
  const own = (...args: string[]): Measured =>
    JSON.parse(execFileSync(process.execPath, [import.meta.filename, ...args], { encoding: "utf8" })) as Measured;
  try {
    report("import", [own("--import", first, file)]);
    report("match", [own("--match", file)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
