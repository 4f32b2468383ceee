import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Progress, SelfTestStep } from "@bulkhead/host";
import { BackupError } from "../backup/backup-error.ts";
import { aloneWithBackups, readRecord, remember, workFolder } from "../backup/backup-record.ts";
import { auditIn, checkContents } from "../backup/check-contents.ts";
import { type OpenWith, openedBy } from "../backup/header.ts";
import { type OpeningOptions, openingOf, ownSigner, vouching } from "../backup/opening.ts";
import { peekBackup, type ReadBackup, readBackup } from "../backup/read-backup.ts";
import { tellStep } from "../backup/tell-step.ts";
import { CommandFailure, NoInstanceFailure } from "../exit-codes.ts";
import { type FoundInstance, findInstance } from "../instance/find-instance.ts";
import { onlyRoot } from "../only-root.ts";

export interface VerifyOptions extends OpeningOptions {
  readonly root?: string;
}

export interface VerifiedBackup {
  readonly file: string;
  readonly whole: boolean;
  readonly made?: string;
  readonly bulkhead?: string;
  readonly instance?: string;
  readonly signer?: string;
  readonly steps: readonly SelfTestStep[];
  /** Whether the instance that it is of remembers it: one that is here. */
  readonly recorded: boolean;
  readonly audited: boolean;
}

/**
 * Opens a backup in a folder that is gone afterwards, and looks through all of it as a restoration does. Needs root, since
 * it holds every key of an instance meanwhile; on a machine without that instance nothing is recorded.
 */
export async function verifyBackup(
  given: string,
  options: VerifyOptions,
  progress: Progress,
  now = Date.now(),
): Promise<VerifiedBackup> {
  onlyRoot("a backup holds every key of an instance: sudo bulkhead backup verify …");
  const file = resolve(given);
  const by = await openingOf(options);
  const found = await instanceOf(file, options.root);
  if (found === undefined) {
    const folder = await mkdtemp(join(tmpdir(), "bulkhead-verify-"));
    try {
      const looked = await lookThrough(file, by, join(folder, "made"), vouching(by, options, undefined), progress);
      return { file, ...looked.report, recorded: false, audited: false };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const { paths, config } = found;
  return aloneWithBackups(paths, async () => {
    const folder = workFolder(paths);
    try {
      const looked = await lookThrough(file, by, folder, vouching(by, options, await ownSigner(paths)), progress);
      const { report } = looked;
      if (report.whole && looked.read !== undefined) await noteTest(found, file, looked.read, options, now);
      const failed = report.steps.filter(({ passed }) => !passed).map(({ what, says }) => `${what}: ${says}`);
      const note = `${file}${failed.length === 0 ? " is whole" : `: ${failed.join("; ")}`}`;
      const audited = await tellStep(paths, config, { step: report.whole ? "verified" : "refused", note }, now);
      return { file, ...report, recorded: true, audited };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** The instance that a backup says it is of, where that is the one here. */
async function instanceOf(file: string, root: string | undefined): Promise<FoundInstance | undefined> {
  const found = await findInstance(root).catch((error: unknown) => {
    if (error instanceof NoInstanceFailure && root === undefined) return undefined;
    throw error;
  });
  const header = await peekBackup(file).catch((error: unknown) => {
    if (error instanceof BackupError) return undefined;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(code === "ENOENT" ? `there is no ${file}` : `${file}: ${message}`, 2, error);
  });
  return header === undefined || header.instance === found?.config.id ? found : undefined;
}

interface Looked {
  readonly report: Omit<VerifiedBackup, "file" | "recorded" | "audited">;
  readonly read?: ReadBackup;
}

async function lookThrough(
  file: string,
  by: OpenWith,
  folder: string,
  vouch: (read: ReadBackup) => void,
  progress: Progress,
): Promise<Looked> {
  const steps: SelfTestStep[] = [];
  const step = (what: string, passed: boolean, says: string): boolean => {
    steps.push({ what, passed, says });
    return passed;
  };
  let read: ReadBackup | undefined;
  try {
    progress.step("opening: every piece and digest");
    read = await readBackup(file, by, folder, vouch);
    step("every byte is as it was written", true, `${read.manifest.files.length} files, signed by ${read.signer}`);
    progress.step("what is in it: looked through, Secrets unsealed");
    const { database } = await checkContents(folder);
    step("the database is whole", true, `${database.objects} objects up to revision ${database.revision}`);
    step("Secrets open with the keys in it", true, `${database.opened} sealed states`);
    progress.step("audit log: each record in its place");
    const { verdict, says } = await auditIn(folder);
    step("the audit log holds", verdict === "intact", says);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (error.code === "wrong-key") throw new CommandFailure(`${file}: ${error.message}`, 2, error);
    step(read === undefined ? "every byte is as it was written" : "what is in it comes back", false, error.message);
  }
  const whole = steps.every(({ passed }) => passed);
  if (read === undefined) return { report: { whole, steps } };
  const { made, bulkhead, instance } = read.header;
  return { read, report: { whole, made, bulkhead, instance, signer: read.signer, steps } };
}

/** What was tried counts, wherever it lay when it was. */
async function noteTest(
  { paths }: FoundInstance,
  file: string,
  { header, manifest, signer }: ReadBackup,
  options: VerifyOptions,
  now: number,
): Promise<void> {
  const tested = new Date(now).toISOString();
  const known = (await readRecord(paths))?.backups ?? [];
  const same = known.filter(({ made, revision }) => made === header.made && revision === manifest.store.revision);
  for (const backup of same) await remember(paths, { ...backup, tested });
  if (same.some((backup) => backup.file === file)) return;
  const keyFile = options.key ?? options.passphraseFile;
  await remember(paths, {
    file,
    made: header.made,
    bytes: (await stat(file)).size,
    revision: manifest.store.revision,
    openedBy: openedBy(header),
    signer,
    tested,
    ...(keyFile === undefined ? {} : { keyFile: resolve(keyFile) }),
  });
}
