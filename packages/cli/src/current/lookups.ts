import { existsSync } from "node:fs";
import type { Lookups } from "@bulkhead/analysis";
import { lookupsOf, withoutAdvisories } from "@bulkhead/controllers";
import { type AdvisoryDatabase, AdvisoryError, type Inventory, openAdvisories } from "@bulkhead/images";

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
  return { ...lookupsOf(database, now, goFunctions), close: () => database.close() };
}
