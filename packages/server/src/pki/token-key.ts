import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { type InstanceConfig, type InstancePaths, readIfThere, writeDurably } from "@bulkhead/host";

/** PEM files of the API server's that are made once: the key that signs tokens, the key that signs audit checkpoints. */
export const tokenKeyFile = (paths: InstancePaths): string => join(paths.pki, "apiserver", "service-account.key");
export const auditKeyFile = (paths: InstancePaths): string => join(paths.pki, "apiserver", "audit.key");

/** Makes what is missing, readable by the API server's user. */
export async function makeSigningKeys(config: InstanceConfig, paths: InstancePaths): Promise<void> {
  const rows = [
    [tokenKeyFile(paths), () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    [auditKeyFile(paths), () => generateKeyPairSync("ed25519")],
  ] as const;
  for (const [file, make] of rows) {
    const there = await readIfThere(file);
    if (there !== undefined) continue;
    const { privateKey, publicKey } = make();
    for (const [path, text] of [
      [file, privateKey.export({ type: "pkcs8", format: "pem" })],
      [file.replace(/\.key$/, ".pub"), publicKey.export({ type: "spki", format: "pem" })],
    ] as const) {
      await writeDurably(path, text, 0o640, { uid: 0, gid: config.users.apiserver });
    }
  }
}
