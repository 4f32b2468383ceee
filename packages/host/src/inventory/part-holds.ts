import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { HeldPart } from "@bulkhead/api";
import { type InstancePaths, writeDurably } from "../instance.ts";
import { readIfThere } from "../read-if-there.ts";
import { currencyFolder } from "./part-offers.ts";

/** Somebody's word that a part is not to be changed for a while. */
export type StoredHold = HeldPart;

const holdsFile = (paths: InstancePaths): string => join(currencyFolder(paths), "holds.json");

/** The holds of an instance, those whose time is over too. Throws SyntaxError on a damaged file. */
export async function readHolds(paths: InstancePaths): Promise<readonly StoredHold[]> {
  const text = await readIfThere(holdsFile(paths));
  return text === undefined ? [] : (JSON.parse(text) as { readonly holds: readonly StoredHold[] }).holds;
}

/** Writes them down, for all to read and root to change. */
export async function writeHolds(paths: InstancePaths, holds: readonly StoredHold[]): Promise<void> {
  await mkdir(currencyFolder(paths), { recursive: true, mode: 0o755 });
  await writeDurably(holdsFile(paths), `${JSON.stringify({ format: 1, holds }, undefined, 2)}\n`, 0o644);
}
