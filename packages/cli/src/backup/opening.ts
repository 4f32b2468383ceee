import { createPrivateKey } from "node:crypto";
import type { InstancePaths } from "@bulkhead/host";
import { KeyringError, readPrivate, writePrivate } from "@bulkhead/keyring";
import { CommandFailure } from "../exit-codes.ts";
import { BackupError } from "./backup-error.ts";
import { signingKeyPath } from "./contents.ts";
import { readBelow } from "./gather-instance.ts";
import type { OpenWith } from "./header.ts";
import { fingerprint } from "./manifest.ts";
import type { ReadBackup } from "./read-backup.ts";
import { newRecoveryKey, parseRecoveryKey, type RecoveryKey } from "./recovery-key.ts";

/** What opens a backup, as it was given. */
export interface OpeningOptions {
  readonly key?: string;
  readonly passphraseFile?: string;
  /** Fingerprint of the key that has to have signed it. */
  readonly signer?: string;
}

const leastPassphrase = 16;

/** A file that only its owner may read. Undefined: there is none. */
async function privateText(file: string): Promise<string | undefined> {
  try {
    return (await readPrivate(file))?.toString("utf8");
  } catch (error) {
    if (error instanceof KeyringError || (error as NodeJS.ErrnoException).code !== undefined)
      throw new CommandFailure(`${file}: ${(error as Error).message}`, 2, error);
    throw error;
  }
}

export async function readPassphrase(file: string): Promise<string> {
  const text = (await privateText(file))?.replace(/\r?\n$/, "");
  if (text === undefined) throw new CommandFailure(`there is no ${file}`);
  if (text.length < leastPassphrase || /[\r\n]/.test(text))
    throw new CommandFailure(
      `${file}: a passphrase is one line of ${leastPassphrase} characters or more; what can be guessed opens every Secret`,
    );
  return text;
}

/** Reads a recovery key. Undefined where there is none. */
export async function readRecoveryKey(file: string): Promise<RecoveryKey | undefined> {
  const text = await privateText(file);
  try {
    return text === undefined ? undefined : parseRecoveryKey(text, file);
  } catch (error) {
    if (error instanceof BackupError) throw new CommandFailure(error.message, 2, error);
    throw error;
  }
}

/** Writes a new one, which must not be there. */
export async function makeRecoveryKey(file: string, signer: string | undefined): Promise<RecoveryKey> {
  const text = newRecoveryKey(signer);
  const written = await writePrivate(file, Buffer.from(text), "create").catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(`${file} cannot be written: ${error.message}`, 2, error);
  });
  if (!written) throw new CommandFailure(`${file} is there already: a recovery key is never written over`);
  return parseRecoveryKey(text, file);
}

/** What was given to open a backup with. Throws CommandFailure where that is nothing, or two things. */
export async function openingOf({ key, passphraseFile }: OpeningOptions): Promise<OpenWith> {
  if ((key === undefined) === (passphraseFile === undefined))
    throw new CommandFailure("say what opens it: --key FILE (a recovery key) or --passphrase-file FILE");
  if (passphraseFile !== undefined) return { passphrase: await readPassphrase(passphraseFile) };
  const found = await readRecoveryKey(key ?? "");
  if (found === undefined) throw new CommandFailure(`there is no ${key}`);
  return { key: found };
}

/** The fingerprint of the key that vouches for an instance's backups; undefined where there is none, or not for us. */
export async function ownSigner({ root }: Pick<InstancePaths, "root">): Promise<string | undefined> {
  const pem = await readBelow(root, signingKeyPath).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EACCES") return undefined;
    throw error;
  });
  return pem === undefined ? undefined : fingerprint(createPrivateKey(pem));
}

/**
 * Refuses a backup that was made by nobody known: whoever has a recipient can seal one for it. Who may have signed is said
 * by the person, by the recovery key's file, or by the instance that is there. A passphrase is known to nobody else.
 */
export function vouching(by: OpenWith, { signer }: OpeningOptions, own: string | undefined) {
  const known = new Set([
    ...(signer === undefined ? [] : [signer]),
    ...("key" in by && signer === undefined ? by.key.signers : []),
    ...(own === undefined || signer !== undefined ? [] : [own]),
  ]);
  return (read: ReadBackup): void => {
    if (known.has(read.signer) || (known.size === 0 && "passphrase" in by)) return;
    if (known.size > 0)
      throw new BackupError("forged", `it was signed by ${read.signer}, and not by ${[...known].join(" or ")}`);
    throw new BackupError(
      "forged",
      `nothing here says who may have made it; it was signed by ${read.signer}: where that is what backup create told, say so with --signer ${read.signer}`,
    );
  };
}
