import { backupFolders, isThere, type KnownBackup, readRecord } from "../backup/backup-record.ts";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";

export interface BackupList {
  readonly root: string;
  readonly record: string;
  /** The newest first; `there`: it lies where it was, and has the size that it had. */
  readonly backups: readonly (KnownBackup & { readonly there: boolean })[];
}

/** What an instance knows of its backups. Needs root. */
export async function listBackups(options: { readonly root?: string }): Promise<BackupList> {
  const { paths } = await findInstance(options.root);
  const file = backupFolders(paths).record;
  const record = await readRecord(paths).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(`${file} cannot be read: ${error.message}; it is root's`, 2, error);
  });
  const backups = await Promise.all((record?.backups ?? []).map(async (b) => ({ ...b, there: await isThere(b) })));
  return { root: paths.root, record: file, backups };
}
