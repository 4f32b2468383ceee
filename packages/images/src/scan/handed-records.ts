import { fstatSync, readSync } from "node:fs";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type BlobDescriptors, descriptorBytes } from "../archives/descriptor-source.ts";
import { SourceError } from "../archives/source-error.ts";
import { defaultLimits, type ScanLimits } from "../layers/limits.ts";
import { createSecretScanner } from "../secrets/secret-scanner.ts";
import type { LayerCache } from "./layer-cache.ts";
import { type LayerRecord, recordFormat } from "./layer-record.ts";
import { readLayerRecord, unreadRecord } from "./read-layer-record.ts";

/** Bytes of one layer's record, packed and unpacked. */
export const packedRecordLimit = { packed: 32 << 20, unpacked: 160 << 20 };

/** A record on its way from the process that read a layer to the one that lays an image together. */
export interface PackedRecord {
  readonly bytes: Buffer;
  /** It says all of the layer, whatever else is known: worth keeping. */
  readonly complete: boolean;
}

export interface LoneLayer {
  readonly digest: string;
  /** Of the layer's bytes as stored. */
  readonly descriptor: number;
  /** The image's, for messages. */
  readonly name: string;
  /** Of secrets' fingerprints. */
  readonly key: Uint8Array;
  /** An open file for what does not fit into memory. */
  readonly spool?: number;
  readonly limits?: Partial<ScanLimits>;
}

/**
 * Reads one layer that is known by nothing but its digest, so that its record depends on its bytes alone. Throws
 * LayerError for bytes of another digest.
 */
export async function readLoneLayer({
  digest,
  descriptor,
  name,
  key,
  spool,
  ...rest
}: LoneLayer): Promise<PackedRecord> {
  const { record, complete } = await readLayerRecord({
    layer: { digest, open: () => descriptorBytes(descriptor, name) },
    name,
    limits: { ...defaultLimits, ...rest.limits },
    secrets: createSecretScanner({ key }),
    ...(spool === undefined ? {} : { spool }),
  });
  const bytes = pack(record);
  if (bytes !== undefined) return { bytes, complete };
  const why = "its record is larger than any that is kept";
  const { diffId } = record;
  return {
    bytes: pack(unreadRecord({ digest, diffId }, { what: "limit", where: digest, why })) ?? Buffer.alloc(0),
    complete: true,
  };
}

function pack(record: LayerRecord): Buffer | undefined {
  const text = Buffer.from(JSON.stringify(record), "utf8");
  if (text.length > packedRecordLimit.unpacked) return undefined;
  const bytes = zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  return bytes.length > packedRecordLimit.packed ? undefined : bytes;
}

/**
 * Records that somebody else keeps, each in an open file from `offset` on: read when a layer is asked for. One that is
 * none, or another layer's, throws SourceError: whoever keeps them should have known. Nothing is remembered here.
 */
export function openHandedRecords(records: BlobDescriptors, offset: number, key: Uint8Array): LayerCache {
  return {
    key,
    async get(digest) {
      const descriptor = Object.hasOwn(records, digest) ? records[digest] : undefined;
      if (descriptor === undefined) return undefined;
      const record = unpack(descriptor, offset, digest);
      if (record.format !== recordFormat || record.digest !== digest)
        throw new SourceError("malformed", `the record of ${digest} is not that layer's`);
      return record;
    },
    put: async () => undefined,
    getResult: async () => undefined,
    putResult: async () => undefined,
  };
}

function unpack(descriptor: number, offset: number, digest: string): LayerRecord {
  const size = fstatSync(descriptor).size - offset;
  if (size <= 0 || size > packedRecordLimit.packed)
    throw new SourceError("limit", `the record of ${digest} has ${size} bytes`);
  const packed = Buffer.allocUnsafeSlow(size);
  for (let done = 0; done < size; ) {
    const count = readSync(descriptor, packed, done, size - done, offset + done);
    if (count === 0) throw new SourceError("malformed", `the record of ${digest} is cut off`);
    done += count;
  }
  try {
    const text = zstdDecompressSync(packed, { maxOutputLength: packedRecordLimit.unpacked }).toString("utf8");
    const record = JSON.parse(text) as unknown;
    if (typeof record === "object" && record !== null) return record as LayerRecord;
  } catch (error) {
    throw new SourceError("malformed", `the record of ${digest} does not unpack`, error);
  }
  throw new SourceError("malformed", `the record of ${digest} is none`);
}
