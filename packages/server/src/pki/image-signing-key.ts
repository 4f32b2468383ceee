import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { type InstanceConfig, type InstancePaths, readIfThere, writeDurably } from "@bulkhead/host";
import { imageSigningKey, imageSigningPublicKey } from "../prepare/names.ts";

/**
 * Makes the key that signs patched images where there is none, readable by the controllers' user, and writes its public half
 * where anybody finds it: policies name it.
 */
export async function makeImageSigningKey(config: InstanceConfig, paths: InstancePaths): Promise<void> {
  const file = imageSigningKey(paths);
  const there = await readIfThere(file);
  const pem =
    there ??
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  if (there === undefined) await writeDurably(file, pem, 0o640, { uid: 0, gid: config.users.controllers });
  const publicKey = createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();
  await writeDurably(imageSigningPublicKey(paths), publicKey, 0o644);
}
