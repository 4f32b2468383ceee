import { type Candidate, type CurrencyInventory, candidatesOf, inventoryOf } from "@bulkhead/analysis";
import type { InstancePaths } from "@bulkhead/host";
import { advisoriesFile } from "../advisories/database-file.ts";
import { gatherMachine } from "./gather-machine.ts";
import { openLookups } from "./lookups.ts";

/** What the machine alone tells, looked up: judged now, and as it may be judged later. The API is not asked. */
export async function machineInventory(
  paths: InstancePaths,
  database: string | undefined,
  now: number,
): Promise<{ readonly inventory: CurrencyInventory; readonly candidates: readonly Candidate[] }> {
  const gathered = await gatherMachine(paths, now);
  const file = advisoriesFile({ root: paths.root, ...(database === undefined ? {} : { database }) });
  const lookups = openLookups(file, now, gathered.goFunctions);
  try {
    const unseen = [
      ...gathered.unseen,
      ...(lookups.failed === undefined ? [] : [{ what: "advisories", why: lookups.failed }]),
    ];
    const candidates = [...candidatesOf(gathered.subjects, lookups, now), ...gathered.others];
    return { inventory: inventoryOf([], candidates, lookups, { of: paths.root, now, unseen }), candidates };
  } finally {
    lookups.close();
  }
}
