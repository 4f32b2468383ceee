import { rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { InstancePaths, Progress } from "@bulkhead/host";
import { StoreError } from "@bulkhead/store";
import { BackupError } from "../backup/backup-error.ts";
import { aloneWithBackups, type KnownBackup, readRecord, remember, workFolder } from "../backup/backup-record.ts";
import { checkContents } from "../backup/check-contents.ts";
import { leftOut } from "../backup/contents.ts";
import { gatherInstance, readyToSign } from "../backup/gather-instance.ts";
import { openedBy, type SealFor } from "../backup/header.ts";
import { makeRecoveryKey, ownSigner, readPassphrase, readRecoveryKey } from "../backup/opening.ts";
import { recipientBytes } from "../backup/recovery-key.ts";
import { tellStep } from "../backup/tell-step.ts";
import { liesBeside } from "../backup/whereabouts.ts";
import { writeBackup } from "../backup/write-backup.ts";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";
import { onlyRoot } from "../only-root.ts";
import { version } from "../output/version.ts";

export interface CreateOptions {
  readonly root?: string;
  /** A file, or a folder. */
  readonly to: string;
  readonly keysTo?: string;
  readonly recipient?: readonly string[];
  readonly passphraseFile?: string;
  /** What opens it may lie beside it. */
  readonly keysBeside?: boolean;
}

export interface MadeBackup extends KnownBackup {
  readonly root: string;
  readonly objects: number;
  readonly auditRecords: number;
  /** Hex, of the whole file. */
  readonly sha256: string;
  readonly keysBeside: boolean;
  readonly leftOut: readonly string[];
  /** Whether the audit log has it already. */
  readonly audited: boolean;
}

/** Writes a backup of a serving instance, and looks before whether what is in it comes back. Needs root. */
export async function createBackup(options: CreateOptions, progress: Progress, now = Date.now()): Promise<MadeBackup> {
  onlyRoot("a backup holds every key of an instance: sudo bulkhead backup create …");
  const { paths, config } = await findInstance(options.root);
  const made = new Date(now).toISOString();
  const file = await targetOf(
    options.to,
    paths,
    `bulkhead-${config.nodeName}-${config.id}-${made.replaceAll(/[:.]/g, "-")}.backup`,
  );
  return aloneWithBackups(paths, async () => {
    await readyToSign(paths);
    const { to, keyFile, keysBeside } = await sealingFor(options, paths, file);
    const folder = workFolder(paths);
    try {
      progress.step("database: copied as of one moment");
      await gatherInstance(paths, folder);
      progress.step("what is in it: looked through, Secrets unsealed");
      const { database } = await checkContents(folder);
      progress.step(`sealing: ${file}`);
      const { instanceId: id, format, revision, auditRecords } = database;
      const about = { made, bulkhead: version, instance: config.id, node: config.nodeName };
      const store = { id, format, revision, auditRecords };
      const written = await writeBackup(folder, file, { ...about, store }, to);
      const known: KnownBackup = {
        file,
        made,
        bytes: written.bytes,
        revision,
        openedBy: openedBy(written.header),
        signer: written.signer,
        ...(keyFile === undefined ? {} : { keyFile }),
      };
      await remember(paths, known);
      const note = `${file} (sha256 ${written.sha256}), of revision ${revision}; opens with ${known.openedBy.join(", ")}`;
      const audited = await tellStep(paths, config, { step: "created", note }, now);
      const { sha256 } = written;
      return {
        root: paths.root,
        ...known,
        objects: database.objects,
        auditRecords,
        sha256,
        keysBeside,
        leftOut,
        audited,
      };
    } catch (error) {
      if (error instanceof BackupError || error instanceof StoreError)
        throw new CommandFailure(`no backup was made: ${error.message}`, 1, error);
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** Where it is written to: a name that is free, outside of what it is a backup of. */
async function targetOf(to: string, paths: InstancePaths, name: string): Promise<string> {
  const at = resolve(to);
  const found = await stat(at).catch(() => undefined);
  if (found === undefined && to.endsWith("/")) throw new CommandFailure(`there is no folder ${to}`);
  if (found?.isFile() === true) throw new CommandFailure(`${at} is there already: a backup is never written over`);
  const file = found?.isDirectory() === true ? join(at, name) : at;
  if (file.startsWith(`${paths.root}/`))
    throw new CommandFailure(`${file} lies in the instance that it is a backup of, and would go with it`);
  return file;
}

interface Sealing {
  readonly to: SealFor;
  /** Where what opens it lies, where that is on this machine. */
  readonly keyFile?: string;
  readonly keysBeside: boolean;
}

/** For whom it is sealed: as given, else as the last one was. */
async function sealingFor(options: CreateOptions, paths: InstancePaths, file: string): Promise<Sealing> {
  const { keysTo, recipient = [], passphraseFile } = options;
  /** A key that is not there lies nowhere. */
  const beside = async (keyFile: string): Promise<Pick<Sealing, "keyFile" | "keysBeside">> => {
    const keysBeside = await liesBeside(keyFile, file, paths.root).catch(() => false);
    if (keysBeside && options.keysBeside !== true)
      throw new CommandFailure(
        `${keyFile} lies with the backup that it opens: put one of them elsewhere, or say --keys-beside`,
      );
    return { keyFile, keysBeside };
  };
  if (passphraseFile !== undefined) {
    if (keysTo !== undefined || recipient.length > 0)
      throw new CommandFailure("--passphrase-file goes with neither --keys-to nor --recipient");
    return { to: { passphrase: await readPassphrase(passphraseFile) }, ...(await beside(resolve(passphraseFile))) };
  }
  for (const word of recipient) {
    try {
      recipientBytes(word);
    } catch (error) {
      throw new CommandFailure(`--recipient: ${error instanceof Error ? error.message : ""}`, 2, error);
    }
  }
  if (keysTo !== undefined) {
    const lies = await beside(resolve(keysTo));
    const key = (await readRecoveryKey(keysTo)) ?? (await makeRecoveryKey(keysTo, await ownSigner(paths)));
    return { to: { recipients: [...new Set([key.recipient, ...recipient])] }, ...lies };
  }
  if (recipient.length > 0) return { to: { recipients: [...new Set(recipient)] }, keysBeside: false };
  const last = (await readRecord(paths))?.backups[0];
  if (last === undefined || last.openedBy.includes("a passphrase"))
    throw new CommandFailure(
      "say what is to open it: --keys-to FILE makes a recovery key there (a stick, another machine's share; never beside the backup), --recipient WORD is for a key that lies elsewhere (bulkhead backup key), --passphrase-file FILE",
    );
  const to = { recipients: last.openedBy };
  return last.keyFile === undefined ? { to, keysBeside: false } : { to, ...(await beside(last.keyFile)) };
}
