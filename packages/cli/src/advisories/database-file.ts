import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { instancePaths } from "@bulkhead/host";

export interface DatabaseOptions {
  readonly root: string;
  /** The file itself, wherever it lies. */
  readonly database?: string;
}

/** Where the advisories are kept: as said, else with the instance, else in the user's own cache. */
export function advisoriesFile({ root, database }: DatabaseOptions): string {
  if (database !== undefined) return database;
  const paths = instancePaths(root);
  if (existsSync(paths.config)) return join(paths.root, "advisories", "advisories.db");
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "bulkhead", "advisories.db");
}
