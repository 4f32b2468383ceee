import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, writeDurably } from "../instance.ts";
import { withMachineLock } from "../machine-lock.ts";
import { DebianArchive, machineSuite, type Offer } from "../parts/debian-archive.ts";
import { type PartsManifest, readParts } from "../parts/install-parts.ts";

/** What the suite that the parts are of had, when it was last asked. */
export interface PartOffers {
  readonly format: 1;
  /** RFC 3339. */
  readonly asked: string;
  readonly suite: string;
  readonly mirror: string;
  /** Whether the suite's repaired packages could be read as well. */
  readonly security: boolean;
  readonly offers: readonly DatedOffer[];
}

/** An offer, and since when that very revision is there, as far as we asked. RFC 3339. */
export interface DatedOffer extends Offer {
  readonly since?: string;
}

/** Where currency keeps what it was told and what was decided, beside the parts. Root's. */
export const currencyFolder = (paths: InstancePaths): string => join(paths.root, "currency");

const offersFile = (paths: InstancePaths): string => join(currencyFolder(paths), "part-offers.json");

/** What was offered when somebody last asked; undefined: nobody did, or the note is damaged. */
export async function readOffers(paths: InstancePaths): Promise<PartOffers | undefined> {
  const text = await readFile(offersFile(paths), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as PartOffers;
    return value?.format === 1 && Array.isArray(value.offers) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The suite that parts are of: what was brought from testing is compared with testing, whose fixes come first. */
export const suiteOf = (manifest: PartsManifest): string =>
  (manifest.parts[0]?.suite ?? "testing").replace(/-security$/, "");

/**
 * Asks the machine's Debian mirror and remembers the answer; one at a time. Throws CommandError where it cannot be reached,
 * MachineLockError where somebody else asks for minutes.
 */
export async function askOffers(paths: InstancePaths, now: number): Promise<PartOffers | undefined> {
  const folder = currencyFolder(paths);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  return withMachineLock(() => askAlone(paths, now), { file: join(folder, "apt.lock"), remove: true });
}

async function askAlone(paths: InstancePaths, now: number): Promise<PartOffers | undefined> {
  const manifest = await readParts(paths.parts);
  if (manifest === undefined) return undefined;
  const suite = suiteOf(manifest);
  const { mirror } = await machineSuite();
  const scratch = join(currencyFolder(paths), "apt");
  try {
    const archive = new DebianArchive(scratch, mirror, suite);
    const { security } = await archive.update();
    const before = (await readOffers(paths))?.offers ?? [];
    const at = new Date(now).toISOString();
    const offers: PartOffers = {
      format: 1,
      asked: at,
      suite,
      mirror,
      security: security !== undefined,
      offers: dated(await archive.offers(manifest.parts.map(({ name }) => name)), before, at),
    };
    await writeDurably(offersFile(paths), `${JSON.stringify(offers, undefined, 2)}\n`, 0o644);
    return offers;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Since when each offer is there: as was noted before, or since now. */
export const dated = (offers: readonly Offer[], before: readonly DatedOffer[], now: string): DatedOffer[] =>
  offers.map((offer) => ({
    ...offer,
    since: before.find(({ name, version }) => name === offer.name && version === offer.version)?.since ?? now,
  }));
