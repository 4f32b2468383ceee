import { readFile, stat } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import {
  AdvisoryError,
  type AheadReaders,
  type CollectedVex,
  compareEvidence,
  cycloneDx,
  EvidenceError,
  LayerError,
  match,
  openAdvisories,
  openLayerCache,
  type Platform,
  RegistryError,
  readEvidence,
  SbomError,
  SourceError,
  scanImage,
  spdx,
} from "@bulkhead/images";
import { advisoriesFile } from "../advisories/database-file.ts";
import { CommandFailure } from "../exit-codes.ts";
import { layersFolder } from "../image/layers-folder.ts";
import { openTarget, type RegistryChoices } from "../image/open-target.ts";
import { sbomVulnerabilities } from "../image/sbom-vulnerabilities.ts";
import type { ScanReport } from "../image/scan-report.ts";
import { type VexChoices, vexBeside, vexOf } from "../image/vex.ts";
import { defaultRoot } from "../instance/usual-root.ts";

export interface ScanChoices extends RegistryChoices, VexChoices {
  readonly platform?: string;
  /** The instance whose advisories are taken, and the file itself, which goes before. */
  readonly root?: string;
  readonly database?: string;
  /** Reports of other scanners about the same image. */
  readonly compare?: readonly string[];
  /** A folder, or false: none. */
  readonly cache?: string | false;
  /** Prepared for the archive. */
  readonly readers?: AheadReaders;
}

/** Archives past it are scanned with a young heap that does not grow. */
const largeFile = 512 << 20;

function platformOf(text: string | undefined): Platform | undefined {
  if (text === undefined) return undefined;
  const [os, architecture, variant] = text.split("/");
  if (os === undefined || os === "" || architecture === undefined || architecture === "")
    throw new CommandFailure(`--platform ${text}: write linux/amd64, linux/arm64, linux/arm/v7`);
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** Scans and matches. Throws CommandFailure for what cannot be opened or holds another content than it says. */
export async function scan(
  target: string,
  choices: ScanChoices,
  progress: (done: number, all: number, cached: boolean) => void,
): Promise<ScanReport> {
  try {
    const { report, beside } = await scanTarget(target, choices, progress);
    const whole = { ...report, ...(await matched(report, choices, beside)) };
    return choices.compare === undefined ? whole : { ...whole, beside: await besides(whole, choices.compare) };
  } catch (error) {
    if (
      error instanceof SourceError ||
      error instanceof LayerError ||
      error instanceof RegistryError ||
      error instanceof SbomError ||
      error instanceof EvidenceError ||
      error instanceof AdvisoryError
    )
      throw new CommandFailure(error.message, 2, error);
    throw error;
  }
}

interface Scanned {
  readonly report: ScanReport;
  /** What is said of it at its registry. */
  readonly beside: readonly CollectedVex[];
}

async function scanTarget(
  target: string,
  choices: ScanChoices,
  progress: (done: number, all: number, cached: boolean) => void,
): Promise<Scanned> {
  // An archive is read without what it takes to talk to an instance.
  const own =
    choices.own === undefined && target.startsWith("127.0.0.1:")
      ? await (await import("../instance/own-registry.ts")).ownRegistryNamed(target)
      : undefined;
  try {
    return await scanWith(target, own === undefined ? choices : { ...choices, own: own.registry }, progress);
  } finally {
    own?.close();
  }
}

async function scanWith(
  target: string,
  choices: ScanChoices,
  progress: (done: number, all: number, cached: boolean) => void,
): Promise<Scanned> {
  const platform = platformOf(choices.platform);
  const opened = await openTarget(target, choices, choices.readers);
  if (opened.is === "sbom") {
    const { inventory, name, digest } = opened.reading;
    const report = { name, ...(digest === undefined ? {} : { digest }), inventory, checks: [], secrets: [] };
    return { report, beside: [] };
  }
  // V8 would let the young heap take 50 MB of a large image's scan; a small one's is done the sooner for it.
  const size = (await stat(target).catch(() => undefined))?.size;
  if (size === undefined || size > largeFile) setFlagsFromString("--semi-space-growth-factor=1");
  try {
    const folder = layersFolder(choices.cache);
    const cache = folder === undefined ? undefined : await openLayerCache(folder);
    const found = await scanImage(opened.source, {
      progress,
      ...(cache === undefined ? {} : { cache }),
      ...(platform === undefined ? {} : { platform }),
    });
    const { name, digest, inventory, checks, secrets } = found;
    const report = { name, ...(digest === undefined ? {} : { digest }), scan: found, inventory, checks, secrets };
    const at = choices.referrers === false ? undefined : opened.at;
    return { report, beside: at === undefined ? [] : await vexBeside(at, digest) };
  } finally {
    await opened.source.close();
  }
}

async function matched(
  report: ScanReport,
  choices: ScanChoices,
  beside: readonly CollectedVex[],
): Promise<Pick<ScanReport, "match" | "unmatched" | "vex">> {
  const vex = await vexOf(report, choices, beside);
  const read = vex.read === undefined ? {} : { vex: vex.read };
  const file = advisoriesFile({ ...choices, root: choices.root ?? defaultRoot });
  if ((await stat(file).catch(() => undefined)) === undefined) {
    if (choices.database !== undefined) throw new CommandFailure(`--database ${file}: there is no such file`);
    return {
      ...read,
      unmatched: `there are no advisories at ${file}; bring some in with bulkhead advisories import, or name them with --database`,
    };
  }
  const database = openAdvisories(file);
  try {
    return { ...read, match: match(report.inventory, database, vex.options, Date.now()) };
  } finally {
    database.close();
  }
}

async function besides(report: ScanReport, files: readonly string[]): Promise<NonNullable<ScanReport["beside"]>> {
  const found = [];
  for (const file of files) {
    const text = await readFile(file, "utf8").catch((error: unknown) => {
      throw new CommandFailure(`--compare ${file} cannot be read`, 2, error);
    });
    const evidence = readEvidence(text);
    if (evidence.digest !== undefined && report.digest !== undefined && evidence.digest !== report.digest)
      throw new CommandFailure(`--compare ${file}: it is about ${evidence.digest}, not ${report.digest}`);
    found.push({
      scanner: evidence.scanner,
      ...(evidence.at === undefined ? {} : { at: evidence.at }),
      difference: compareEvidence(report.match?.findings ?? [], evidence),
    });
  }
  return found;
}

/** The report as a document of another tool's kind. */
export function sbomOf(report: ScanReport, format: "cyclonedx" | "spdx", toolVersion: string): object {
  if (report.scan === undefined) throw new CommandFailure(`-o ${format}: what was scanned is an SBOM already`);
  const options = { timestamp: new Date().toISOString(), toolVersion };
  if (format === "spdx") return spdx(report.scan, options);
  const flaws = sbomVulnerabilities(report);
  return cycloneDx(report.scan, { ...options, ...(flaws === undefined ? {} : { vulnerabilities: flaws }) });
}
