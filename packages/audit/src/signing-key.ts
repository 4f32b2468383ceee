import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { KeyringError, privateFolder, readPrivate, writePrivate } from "@bulkhead/keyring";
import { generateAuditKey } from "./checkpoint.ts";

/**
 * The key that signs checkpoints: `audit-signing.key` (PKCS #8, PEM, 0600) in a 0700 folder, made when absent. Throws
 * KeyringError `permissions` or `damaged`.
 */
export async function openAuditKey(options: { readonly folder: string }): Promise<KeyObject> {
  const file = join(options.folder, "audit-signing.key");
  await privateFolder(options.folder);
  let pem = await readPrivate(file);
  if (pem === undefined) {
    const fresh = generateAuditKey().export({ type: "pkcs8", format: "pem" });
    await writePrivate(file, Buffer.from(fresh), "create");
    pem = await readPrivate(file);
  }
  let key: KeyObject | undefined;
  try {
    key = pem === undefined ? undefined : createPrivateKey(pem);
  } catch {
    // Said below, without the parser's words.
  }
  if (key?.asymmetricKeyType !== "ed25519")
    throw new KeyringError("damaged", `${file} holds no Ed25519 key: put back the file that belongs to this data`);
  return key;
}

/** What a verifier needs of a signing key, to be kept elsewhere with the anchors: SPKI, PEM. */
export function auditPublicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
}
