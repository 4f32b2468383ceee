import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { AuditHead } from "./chain.ts";

/**
 * A signed statement that a chain had `count` records with this head. `prune` says as well that records up to `count`
 * were removed on purpose: only what it signs may be absent from the front.
 */
export interface Checkpoint {
  readonly kind: "head" | "prune";
  readonly instanceId: string;
  readonly count: number;
  /** Hex. */
  readonly hash: string;
  /** RFC 3339, milliseconds. Wall clock: evidence, never a condition. */
  readonly time: string;
  /** SHA-256 of the public key's SPKI form, 16 hex digits. */
  readonly keyId: string;
  /** Ed25519 over `checkpointBytes`, base64. */
  readonly signature: string;
}

/** The bytes that are signed: one line a field, in this order. */
export function checkpointBytes(c: Omit<Checkpoint, "signature">): Uint8Array {
  const lines = ["bulkhead audit checkpoint v1", c.kind, c.instanceId, String(c.count), c.hash, c.time, c.keyId];
  return Buffer.from(`${lines.join("\n")}\n`);
}

/** Names a public key (or the public half of a private one). */
export function auditKeyId(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);
}

/** A fresh Ed25519 key for signing checkpoints. */
export function generateAuditKey(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

export function signCheckpoint(
  key: KeyObject,
  instanceId: string,
  head: AuditHead,
  time: Date,
  kind: Checkpoint["kind"] = "head",
): Checkpoint {
  const unsigned = {
    kind,
    instanceId,
    count: head.count,
    hash: Buffer.from(head.hash).toString("hex"),
    time: time.toISOString(),
    keyId: auditKeyId(key),
  };
  return { ...unsigned, signature: sign(null, checkpointBytes(unsigned), key).toString("base64") };
}

/** True when one of the keys has the checkpoint's id and made its signature. */
export function checkpointHolds(checkpoint: Checkpoint, keys: readonly KeyObject[]): boolean {
  const key = keys.find((k) => auditKeyId(k) === checkpoint.keyId);
  if (key === undefined) return false;
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return verify(null, checkpointBytes(checkpoint), publicKey, Buffer.from(checkpoint.signature, "base64"));
}
