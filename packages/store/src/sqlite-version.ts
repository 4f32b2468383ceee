/** The first SQLite without the WAL-reset bug, which can corrupt a database that several connections use. */
export const safeSqlite = "3.51.3";

/** Undefined when this SQLite is safe, else what to say. */
export function sqliteWarning(version: string | undefined): string | undefined {
  if (version !== undefined && compareVersions(version, safeSqlite) >= 0) return undefined;
  return `SQLite ${version ?? "of unknown version"} may corrupt a database when its write-ahead log is reset; ${safeSqlite} or newer does not: use the Node.js that Bulkhead brings`;
}

function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
