import { createHash } from "node:crypto";
import { mkdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { currencyFolder, type InstancePaths, writeDurably } from "@bulkhead/host";
import { type Inventory, openPlainFolder, type Package, recordFormat, scanImage } from "@bulkhead/images";

/** What the parts' programs say that they were built from. */
export interface PartPrograms {
  readonly packages: readonly Package[];
  readonly goFunctions?: Inventory["goFunctions"];
}

interface Kept extends PartPrograms {
  /** Of the manifest and the scanner's format: others are read anew. */
  readonly of: string;
}

/** Reads the programs of the parts as an image's are read; remembered until the parts change, where we may write. */
export async function scanPartPrograms(paths: InstancePaths): Promise<PartPrograms | undefined> {
  const manifest = await readFile(join(paths.parts, "parts.json"), "utf8").catch(() => undefined);
  if (manifest === undefined) return undefined;
  const of = createHash("sha256").update(`${recordFormat}\n${manifest}`).digest("hex");
  const file = join(currencyFolder(paths), "part-programs.json");
  const kept = await readKept(file);
  if (kept?.of === of) return kept;
  const { inventory } = await scanImage(openPlainFolder(await realpath(paths.parts)));
  const { packages, goFunctions } = inventory;
  const found: Kept = { of, packages, ...(goFunctions === undefined ? {} : { goFunctions }) };
  // Whoever may not write reads them again the next time.
  await mkdir(currencyFolder(paths), { recursive: true, mode: 0o755 })
    .then(() => writeDurably(file, JSON.stringify(found), 0o644))
    .catch(() => undefined);
  return found;
}

async function readKept(file: string): Promise<Kept | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Kept;
  } catch {
    return undefined;
  }
}
