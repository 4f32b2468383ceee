import { stat } from "node:fs/promises";
import { type BackupFacts, backupFactsOf, type SeenBackup } from "@bulkhead/analysis";
import type { InstanceConfig, InstancePaths } from "@bulkhead/host";
import { backupFolders, isThere, type KnownBackup, readRecord } from "./backup-record.ts";
import { liesBeside, whereabouts } from "./whereabouts.ts";

/**
 * What an instance's record and the places that it names say of its backups now: what changed since they were made counts.
 * Undefined where the record may not be read: it is root's.
 */
export async function lookAtBackups(
  paths: InstancePaths,
  { nodeName }: Pick<InstanceConfig, "nodeName">,
): Promise<BackupFacts | undefined> {
  try {
    const record = await readRecord(paths);
    const seen = await Promise.all((record?.backups ?? []).map((backup) => lookAt(backup, paths)));
    return backupFactsOf(nodeName, backupFolders(paths).record, seen);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function lookAt(backup: KnownBackup, { root }: InstancePaths): Promise<SeenBackup> {
  const { made, file, openedBy, keyFile, tested } = backup;
  const there = await isThere(backup);
  const known = {
    made,
    where: file,
    there,
    openedBy: openedBy.join(", "),
    ...(tested === undefined ? {} : { tested }),
  };
  if (!there) return known;
  const { elsewhere, on } = await whereabouts(file);
  return {
    ...known,
    ...(elsewhere === undefined ? {} : { elsewhere: { value: elsewhere, where: `${file}: ${on}` } }),
    keysApart: await keysApart(file, keyFile, root),
  };
}

/** A key that is not on this machine, or not there any more, is not beside the backup. */
async function keysApart(
  file: string,
  keyFile: string | undefined,
  root: string,
): Promise<NonNullable<SeenBackup["keysApart"]>> {
  if (keyFile === undefined) return { value: true, where: "what opens it never was on this machine" };
  if ((await stat(keyFile).catch(() => undefined)) === undefined)
    return { value: true, where: `${keyFile}, which is not there now` };
  return { value: !(await liesBeside(keyFile, file, root)), where: keyFile };
}
