import { existsSync } from "node:fs";
import { mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type AuditVerification } from "@bulkhead/audit";
import {
  findMarked,
  type InstanceConfig,
  type InstancePaths,
  instancePaths,
  type Progress,
  readInstance,
  readState,
} from "@bulkhead/host";
import { continueBeyond } from "@bulkhead/store";
import { BackupError } from "../backup/backup-error.ts";
import { aloneWithBackups, remember } from "../backup/backup-record.ts";
import { auditIn, checkContents } from "../backup/check-contents.ts";
import { databasePath } from "../backup/contents.ts";
import { type OpenWith, openedBy } from "../backup/header.ts";
import { type OpeningOptions, openingOf, ownSigner, vouching } from "../backup/opening.ts";
import { dropStaging, placeInstance, stagingFolder, takeBackInterrupted } from "../backup/place-instance.ts";
import { peekBackup, type ReadBackup, readBackup } from "../backup/read-backup.ts";
import { revisionBeyond } from "../backup/revision-beyond.ts";
import { tellStep } from "../backup/tell-step.ts";
import { CommandFailure } from "../exit-codes.ts";
import { databaseFacts, databaseFile, type LostWrites, lostWrites } from "../instance/database.ts";
import { knownInstances } from "../instance/find-instance.ts";
import { supervised } from "../instance/supervision.ts";
import { rootToMake } from "../instance/usual-root.ts";
import { onlyRoot } from "../only-root.ts";

export interface RestoreOptions extends OpeningOptions {
  readonly root?: string;
  /** Also where an instance is: what is there is kept aside. */
  readonly replace?: boolean;
}

export interface RestoredBackup {
  readonly root: string;
  readonly file: string;
  readonly instance: string;
  readonly made: string;
  readonly objects: number;
  readonly auditRecords: number;
  /** Whether the audit log that came back holds. */
  readonly audit: Pick<AuditVerification, "verdict" | "says">;
  /** What was written since the backup, as far as what was there tells. */
  readonly lost: LostWrites;
  /** Revisions go on above this one. */
  readonly beyond: number;
  /** Where what was there is kept. */
  readonly replaced?: string;
}

/**
 * Brings an instance back from a backup, which is looked through whole before anything changes. What runs is not touched:
 * the instance has to be stopped. `bulkhead up` starts it afterwards. Needs root.
 */
export async function restoreBackup(
  given: string,
  options: RestoreOptions,
  progress: Progress,
  now = Date.now(),
): Promise<RestoredBackup> {
  onlyRoot("a backup holds every key of an instance: sudo bulkhead backup restore …");
  const file = resolve(given);
  const paths = instancePaths(rootToMake(options.root));
  const by = await openingOf(options);
  const header = await peekBackup(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(error.code === "ENOENT" ? `there is no ${file}` : `${file}: ${error.message}`, 2, error);
  });
  const fresh = await makeRoot(paths);
  try {
    return await aloneWithBackups(paths, async () => {
      if (await takeBackInterrupted(paths)) progress.note("a restoration that was not done is taken back first");
      const config = await readInstance(paths.root);
      await refuseOccupied(paths, config, header.instance, options);
      const vouch = vouching(by, options, config === undefined ? undefined : await ownSigner(paths));
      const { read, back } = await bringBack(file, by, paths, vouch, progress, now).catch(async (error: unknown) => {
        await dropStaging(paths);
        throw await refused(error, file, paths, config, now);
      });
      await noteRestored(paths, back.config, file, read, options, now);
      const { database, audit, lost, beyond, replaced } = back;
      const { instance, made } = read.header;
      const { objects, auditRecords } = database;
      const report = { root: paths.root, file, instance, made, objects, auditRecords, audit, lost, beyond };
      return replaced === undefined ? report : { ...report, replaced };
    });
  } catch (error) {
    if (fresh && !existsSync(paths.config)) await leaveNothing(paths);
    throw error;
  }
}

async function bringBack(
  file: string,
  by: OpenWith,
  paths: InstancePaths,
  vouch: (read: ReadBackup) => void,
  progress: Progress,
  now: number,
) {
  const made = await stagingFolder(paths);
  progress.step("opening: every piece and digest");
  const read = await readBackup(file, by, made, vouch);
  return { read, back: await putBack(paths, made, read, progress, now) };
}

/** What is said of a backup that is not taken, to the person and, where an instance is, to its audit log. */
async function refused(
  error: unknown,
  file: string,
  paths: InstancePaths,
  config: InstanceConfig | undefined,
  now: number,
): Promise<unknown> {
  if (!(error instanceof BackupError)) return error;
  const said = `${file} is not restored, and nothing was changed: ${error.message}`;
  if (config !== undefined) await tellStep(paths, config, { step: "refused", note: said }, now);
  return new CommandFailure(said, error.code === "wrong-key" || error.code === "not-a-backup" ? 2 : 1, error);
}

/** Makes the root where there is none. True where nothing was in it. */
async function makeRoot({ root }: InstancePaths): Promise<boolean> {
  await mkdir(root, { recursive: true, mode: 0o755 });
  const { uid, mode } = await stat(root);
  if (uid !== 0 || (mode & 0o022) !== 0)
    throw new CommandFailure(`${root} is not root's alone to write: others could lead what is restored elsewhere`);
  return (await readdir(root)).length === 0;
}

async function leaveNothing({ root }: InstancePaths): Promise<void> {
  await rm(join(root, "backups"), { recursive: true, force: true });
  await rm(join(root, "backups.lock"), { force: true });
  await rmdir(root);
}

/** Names of programs that have the state open. The others go on while it is exchanged, and take up the new one. */
const holding = new Set(["apiserver", "controllers", "agent", "supervisor"]);

async function refuseOccupied(
  paths: InstancePaths,
  config: InstanceConfig | undefined,
  id: string,
  { replace }: RestoreOptions,
): Promise<void> {
  const refuse = (why: string): never => {
    throw new CommandFailure(`${why}; nothing was changed`, 1);
  };
  const { root } = paths;
  if (config !== undefined && config.id !== id)
    refuse(`the backup is of instance ${id}, and at ${root} is ${config.id}: take another --root`);
  const elsewhere = (await knownInstances()).find((one) => one.config.id === id && one.root !== root && one.running);
  if (elsewhere !== undefined) refuse(`this very instance runs at ${elsewhere.root}: two of one name cannot be`);
  if (config === undefined && (await readdir(root)).some((name) => !["backups", "backups.lock"].includes(name)))
    refuse(`${root} is not empty, and holds no instance: take another --root`);
  if (supervised(await readState(paths.run)))
    refuse(`the instance at ${root} runs: stop it first (bulkhead down --root ${root})`);
  const left = findMarked(id).filter(({ name }) => config === undefined || holding.has(name));
  if (left.length > 0)
    refuse(`processes of this instance still run (${left.map((p) => `${p.name} ${p.identity.pid}`).join(", ")})`);
  if (config !== undefined && replace !== true)
    refuse(`an instance is at ${root}: --replace puts the backup in its place and keeps what is there aside`);
}

async function putBack(
  paths: InstancePaths,
  made: string,
  { header, manifest }: ReadBackup,
  progress: Progress,
  now: number,
) {
  progress.step("what is in it: looked through, Secrets unsealed");
  const { config, database } = await checkContents(made);
  if (config.id !== header.instance || database.instanceId !== manifest.store.id)
    throw new BackupError("malformed", "the backup holds another instance than it says");
  const audit = await auditIn(made);
  const { revision, auditRecords } = database;
  const old = databaseFile(paths);
  const lost = lostWrites(old, { at: header.made, revision, auditRecords });
  const beyond = revisionBeyond(now, databaseFacts(old)?.revision);
  continueBeyond(join(made, databasePath), beyond);
  progress.step("files: put in their places");
  const replaced = await placeInstance(paths, config, now);
  return { config, database, audit, lost, beyond, replaced };
}

async function noteRestored(
  paths: InstancePaths,
  config: InstanceConfig,
  file: string,
  { header, manifest, signer }: ReadBackup,
  options: RestoreOptions,
  now: number,
): Promise<void> {
  const keyFile = options.key ?? options.passphraseFile;
  const { revision } = manifest.store;
  await remember(paths, {
    file,
    made: header.made,
    bytes: (await stat(file)).size,
    revision,
    openedBy: openedBy(header),
    signer,
    tested: new Date(now).toISOString(),
    ...(keyFile === undefined ? {} : { keyFile: resolve(keyFile) }),
  });
  const note = `the state of ${header.made}, revision ${revision}, came back from ${file}; what was written since is lost`;
  await tellStep(paths, config, { step: "restored", note }, now);
}
