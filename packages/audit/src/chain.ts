import { hash } from "node:crypto";

/** Where a chain stands: how many records, and the hash of the last (of nothing: `genesis`). */
export interface AuditHead {
  readonly count: number;
  readonly hash: Uint8Array;
}

/** A record in its place: numbered from 1, with the hash before it and its own. */
export interface AuditRow {
  readonly seq: number;
  readonly record: Uint8Array;
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
}

export const hashBytes = 32;

/** What the first record's `previous` is: the instance's identity, so that one chain cannot pass for another's. */
export function genesis(instanceId: string): Uint8Array {
  return hash("sha256", `bulkhead audit chain v1\n${instanceId}`, "buffer");
}

/** SHA-256 over the previous hash and the record's bytes. */
export function chainHash(previous: Uint8Array, record: Uint8Array): Uint8Array {
  const joined = new Uint8Array(hashBytes + record.byteLength);
  joined.set(previous, 0);
  joined.set(record, hashBytes);
  return hash("sha256", joined, "buffer");
}

/** `chainHash` without a copy: `joined` holds room for the previous hash, then the record. Writes into that room. */
export function chainHashInPlace(previous: Uint8Array, joined: Uint8Array): Uint8Array {
  joined.set(previous, 0);
  return hash("sha256", joined, "buffer");
}
