import { hashBytes } from "@bulkhead/audit";
import type { StoredObject, StoreKey } from "./types.ts";

/** A write that has its revision and bytes, as it goes to the writer and then into memory. */
export interface PreparedWrite {
  readonly path: string;
  readonly key: StoreKey;
  readonly revision: number;
  /** Undefined: the key is removed. */
  readonly object: StoredObject | undefined;
  /** What stands in the log: the object's bytes, or the last ones of what is removed. */
  readonly bytes: Uint8Array;
}

/** What a batch holds, in the order of its revisions and of the audit chain. */
export interface BatchEntry {
  readonly writes: readonly PreparedWrite[];
  readonly audit: Uint8Array | undefined;
}

export const logKind = { put: 1, remove: 2 } as const;
const auditTag = 3;

/** tag (1), revision (8), key length (2), meta length (4), bytes length (4) */
const writeHeader = 19;
/** tag (1), length (4), room for the previous hash */
const auditHeader = 5 + hashBytes;

/** Labels and fields as they are kept beside the bytes; empty for none. */
export function encodeMeta(object: Pick<StoredObject, "labels" | "fields"> | undefined): string {
  if (object === undefined) return "";
  for (const _ in object.labels) return JSON.stringify([object.labels, object.fields]);
  for (const _ in object.fields) return JSON.stringify([object.labels, object.fields]);
  return "";
}

/** Everything of a batch in one buffer of its own, to be transferred to the writer without a further copy. */
export function packBatch(entries: readonly BatchEntry[]): ArrayBuffer {
  const metas: string[] = [];
  let size = 0;
  for (const { writes, audit } of entries) {
    for (const write of writes) {
      const meta = encodeMeta(write.object);
      metas.push(meta);
      // UTF-8 takes at most three bytes a unit.
      size += writeHeader + 3 * (write.path.length + meta.length) + write.bytes.byteLength;
    }
    if (audit !== undefined) size += auditHeader + audit.byteLength;
  }
  const buffer = Buffer.from(new ArrayBuffer(size));
  let at = 0;
  let meta = 0;
  for (const { writes, audit } of entries) {
    for (const write of writes) at = packWrite(buffer, at, write, metas[meta++] as string);
    if (audit !== undefined) {
      buffer[at] = auditTag;
      buffer.writeUInt32LE(audit.byteLength, at + 1);
      buffer.set(audit, at + auditHeader);
      at += auditHeader + audit.byteLength;
    }
  }
  return buffer.buffer as ArrayBuffer;
}

function packWrite(buffer: Buffer, start: number, write: PreparedWrite, meta: string): number {
  buffer[start] = write.object === undefined ? logKind.remove : logKind.put;
  buffer.writeDoubleLE(write.revision, start + 1);
  let at = start + writeHeader;
  const pathBytes = buffer.write(write.path, at);
  at += pathBytes;
  const metaBytes = meta === "" ? 0 : buffer.write(meta, at);
  at += metaBytes;
  buffer.set(write.bytes, at);
  buffer.writeUInt16LE(pathBytes, start + 9);
  buffer.writeUInt32LE(metaBytes, start + 11);
  buffer.writeUInt32LE(write.bytes.byteLength, start + 15);
  return at + write.bytes.byteLength;
}

/** Who takes a batch apart. The arrays are views of the batch. */
export interface BatchReader {
  /** `body`: path, meta and bytes as they stand one behind the other, for the checksum. */
  write(kind: number, revision: number, path: string, meta: Uint8Array, bytes: Uint8Array, body: Uint8Array): void;
  /** `joined`: room for the previous hash, then the record. */
  audit(joined: Uint8Array): void;
}

export function unpackBatch(packed: ArrayBuffer, reader: BatchReader): void {
  const buffer = Buffer.from(packed);
  let at = 0;
  while (at < buffer.byteLength) {
    const tag = buffer[at] as number;
    // The buffer is made for the longest encoding: zeros follow the last entry.
    if (tag === 0) return;
    if (tag === auditTag) {
      const length = buffer.readUInt32LE(at + 1);
      const end = at + auditHeader + length;
      reader.audit(buffer.subarray(at + 5, end));
      at = end;
      continue;
    }
    const metaAt = at + writeHeader + buffer.readUInt16LE(at + 9);
    const bytesAt = metaAt + buffer.readUInt32LE(at + 11);
    const end = bytesAt + buffer.readUInt32LE(at + 15);
    const start = at + writeHeader;
    reader.write(
      tag,
      buffer.readDoubleLE(at + 1),
      buffer.toString("utf8", start, metaAt),
      buffer.subarray(metaAt, bytesAt),
      buffer.subarray(bytesAt, end),
      buffer.subarray(start, end),
    );
    at = end;
  }
}
