import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AuditFile, openAuditFile } from "@bulkhead/audit";
import { instancePaths } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";

export interface AuditOptions {
  readonly root: string;
  /** A copy of the store's database, instead of the instance's own. */
  readonly database?: string;
}

/** Opens the chain for reading, beside the running server or without it. Throws CommandFailure. */
export async function openAudit(options: AuditOptions): Promise<AuditFile> {
  const paths = instancePaths(options.root);
  const file = options.database ?? join(paths.apiserver, "store", "store.db");
  try {
    return openAuditFile(file);
  } catch (error) {
    const why =
      process.getuid?.() === 0 || options.database !== undefined ? "" : "; it is the API server's: run this as root";
    throw new CommandFailure(`${file} cannot be read as a database${why}`, 2, error);
  }
}

/** The instance's own key, by its public half; and those in files named besides. */
export async function auditKeys(root: string, files: readonly string[]): Promise<KeyObject[]> {
  const own = join(instancePaths(root).pki, "apiserver", "audit.pub");
  return Promise.all((files.length === 0 ? [own] : files).map(keyFrom));
}

async function keyFrom(file: string): Promise<KeyObject> {
  const pem = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === "EACCES"
        ? "it is the API server's: run this as root"
        : "name the key with --key, or an anchor that holds it";
    throw new CommandFailure(`${file} cannot be read; ${why}`, 2, error);
  });
  return publicKey(pem, file);
}

/** A public key from PEM. `from` is named where it is none. */
export function publicKey(pem: string, from: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below, without the parser's words.
  }
  throw new CommandFailure(`${from} holds no Ed25519 public key`);
}
