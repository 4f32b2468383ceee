import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AuditVerification, openAuditFile, verifyAudit } from "@bulkhead/audit";
import { type InstanceConfig, parseInstance } from "@bulkhead/host";
import { KeyringError, openLocalProvider } from "@bulkhead/keyring";
import { type DatabaseInspection, inspectDatabase, StoreError } from "@bulkhead/store";
import { BackupError } from "./backup-error.ts";
import { configPath, databasePath, masterKeyFolder } from "./contents.ts";

/** What was found to come back. */
export interface CheckedContents {
  readonly config: InstanceConfig;
  readonly database: DatabaseInspection;
}

/** Secrets are the one kind that is sealed. */
const sealed = (group: string, resource: string): boolean => group === "" && resource === "secrets";

const broken = (why: string, cause?: unknown): BackupError => new BackupError("broken", why, cause);

type Text = (path: string) => Promise<string>;
const textIn =
  (folder: string): Text =>
  (path) =>
    readFile(join(folder, path), "utf8");

/**
 * Looks whether what lies in a folder is an instance that comes back: its settings can be, its keys are pairs, the database
 * is whole and its Secrets open with these keys. Changes nothing. Throws BackupError `broken`.
 */
export async function checkContents(folder: string): Promise<CheckedContents> {
  const text = textIn(folder);
  const config = parseInstance(await text(configPath));
  if (typeof config === "string") throw broken(`${configPath}: ${config}`);
  await keyPairs(text);
  return { config, database: await inspected(join(folder, databasePath), join(folder, masterKeyFolder)) };
}

/** Whether the audit log in it holds: what somebody changed in it before the backup was made is in the backup too. */
export async function auditIn(folder: string): Promise<Pick<AuditVerification, "verdict" | "says">> {
  const key = createPublicKey(await textIn(folder)("pki/apiserver/audit.pub"));
  const audit = openAuditFile(join(folder, databasePath));
  try {
    const { instanceId } = audit;
    const of = { instanceId, rows: audit.rows(1), checkpoints: audit.checkpoints(), keys: [key] };
    const { verdict, says } = verifyAudit(of);
    return { verdict, says };
  } finally {
    audit.close();
  }
}

async function keyPairs(text: Text): Promise<void> {
  for (const name of ["server-ca", "client-ca", "registry-token-ca"]) {
    const [certificate, key] = [await text(`pki/ca/${name}.crt`), await text(`pki/ca/${name}.key`)];
    await fits(`the authority ${name}`, () => new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)));
  }
  for (const name of ["service-account", "audit"]) {
    const [publicKey, key] = [await text(`pki/apiserver/${name}.pub`), await text(`pki/apiserver/${name}.key`)];
    await fits(`the key ${name}`, () => createPublicKey(createPrivateKey(key)).equals(createPublicKey(publicKey)));
  }
}

async function fits(what: string, pair: () => boolean): Promise<void> {
  let held: boolean;
  try {
    held = pair();
  } catch {
    // What cannot be read would be quoted.
    throw broken(`${what} cannot be read`);
  }
  if (!held) throw broken(`${what}: its private key is another's`);
}

async function inspected(file: string, keys: string): Promise<DatabaseInspection> {
  try {
    return await inspectDatabase({ file, sealed, keyProvider: await openLocalProvider({ folder: keys }) });
  } catch (error) {
    if (error instanceof StoreError || error instanceof KeyringError) throw broken(error.message, error);
    throw error;
  }
}
