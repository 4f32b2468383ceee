import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, MachineLockError, readJsonIfThere, withMachineLock, writeDurably } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";

/** A backup that was made or brought back here. */
export interface KnownBackup {
  /** Where it was written to, or read from. */
  readonly file: string;
  /** RFC 3339. */
  readonly made: string;
  readonly bytes: number;
  /** The last revision in it. */
  readonly revision: number;
  /** How it opens: recipients, or `a passphrase`. */
  readonly openedBy: readonly string[];
  /** Of the key that signed it. */
  readonly signer: string;
  /** Where what opens it lay then, as far as it was on this machine. */
  readonly keyFile?: string;
  /** When all of it was last looked at and found to come back. */
  readonly tested?: string;
}

/** Something that was done to an instance's backups. */
export interface BackupStep {
  readonly step: "created" | "verified" | "refused" | "restored";
  readonly note: string;
}

/** One that nobody took the record of. */
interface UntoldStep extends BackupStep {
  readonly at: string;
}

/** backups/record.json: what an instance knows of its backups. Root's. */
export interface BackupRecord {
  readonly format: 1;
  /** The newest first. */
  readonly backups: readonly KnownBackup[];
  readonly untold: readonly UntoldStep[];
}

/** All is root's alone. */
export const backupFolders = ({ root }: Pick<InstancePaths, "root">) => {
  const folder = join(root, "backups");
  return {
    folder,
    record: join(folder, "record.json"),
    signingKey: join(folder, "signing.key"),
    /** What a restoration is made of, and its journal. */
    restoring: join(folder, "restoring"),
    lock: join(root, "backups.lock"),
  };
};

/** As many are remembered. */
export const remembered = 100;

/** What is on record; undefined where nothing is. Throws where it may not be read. */
export const readRecord = (paths: Pick<InstancePaths, "root">): Promise<BackupRecord | undefined> =>
  readJsonIfThere(backupFolders(paths).record);

/** Only for whoever is alone with the backups. */
export const writeRecord = async (paths: InstancePaths, record: BackupRecord): Promise<void> => {
  const { folder, record: file } = backupFolders(paths);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeDurably(file, `${JSON.stringify(record, undefined, 1)}\n`, 0o600);
};

export const noRecord: BackupRecord = { format: 1, backups: [], untold: [] };

/** Remembers a backup; one that is known already, by time and place, is said anew. */
export async function remember(paths: InstancePaths, backup: KnownBackup): Promise<void> {
  const record = (await readRecord(paths)) ?? noRecord;
  const others = record.backups.filter(({ file, made }) => file !== backup.file || made !== backup.made);
  const backups = [backup, ...others].toSorted((a, b) => b.made.localeCompare(a.made)).slice(0, remembered);
  await writeRecord(paths, { ...record, backups });
}

/** Whether a backup lies where it was, and has the size that it had. */
export const isThere = async ({ file, bytes }: KnownBackup): Promise<boolean> =>
  (await stat(file).catch(() => undefined))?.size === bytes;

/** One operation on an instance's backups at a time. What an interrupted one left is taken away first. */
export async function aloneWithBackups<T>(paths: InstancePaths, work: () => Promise<T>): Promise<T> {
  const { folder, lock } = backupFolders(paths);
  try {
    return await withMachineLock(
      async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        for (const name of await readdir(folder))
          if (name.startsWith(workPrefix)) await rm(join(folder, name), { recursive: true, force: true });
        return work();
      },
      { file: lock, remove: true },
    );
  } catch (error) {
    if (error instanceof MachineLockError)
      throw new CommandFailure(`${folder}: somebody else makes or restores a backup now`, 1, error);
    throw error;
  }
}

/** A folder for something in between, that is gone afterwards however it ends. */
export const workFolder = (paths: InstancePaths): string =>
  join(backupFolders(paths).folder, `${workPrefix}${process.pid}`);
const workPrefix = "work-";
