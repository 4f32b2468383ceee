import { createHash, type Hash } from "node:crypto";
import type { Transform } from "node:stream";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { LayerError } from "./layer-error.ts";
import type { ScanLimits } from "./limits.ts";
import { createTarReader, type TarSink } from "./tar-reader.ts";

/** Bytes of a layer as they are stored. A chunk is valid until the next one is asked for. */
export interface LayerBytes extends AsyncIterable<Uint8Array> {
  /** Where whoever reads them hashes them, too: the SHA-256 of all that came, in hexadecimal digits, once all has come. */
  sha256?(): Promise<string>;
  /** Where they lie in a file: as many as fit, from an offset on, once more; how many came. */
  readonly again?: ReadAgain;
}

export type ReadAgain = (into: Uint8Array, offset: number) => number;

export interface LayerSink extends TarSink {
  /** Told before any entry, if the tar lies uncompressed in a file: what has passed can be read once more. */
  lies?(again: ReadAgain): void;
}

export interface LayerNames {
  /** For messages. */
  readonly what: string;
  /** Digest of the bytes as stored, checked; absent where only the content's is known. */
  readonly digest?: string | undefined;
  /** Digest of the tar inside, checked. */
  readonly diffId?: string | undefined;
}

export interface ReadLayer {
  readonly digest: string;
  readonly diffId: string;
  /** Uncompressed. */
  readonly size: number;
  readonly entries: number;
}

type Compression = "none" | "gzip" | "zstd";

/** 64 MiB: what zstd -21 makes. A frame may ask for far more, and would get it. */
const windowLog = 26;

/** Told by its first bytes: what a media type claims and what a runtime unpacks must not differ (CVE-2021-41190). */
function compressionOf(first: Uint8Array): Compression {
  if (first[0] === 0x1f && first[1] === 0x8b) return "gzip";
  if (first[0] === 0x28 && first[1] === 0xb5 && first[2] === 0x2f && first[3] === 0xfd) return "zstd";
  // A zstd stream may open with a skippable frame (zstd:chunked does not, but the format allows it).
  if (((first[0] ?? 0) & 0xf0) === 0x50 && first[1] === 0x2a && first[2] === 0x4d && first[3] === 0x18) return "zstd";
  return "none";
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Reads a layer once: digests of both forms are computed as the bytes pass and checked at the end, entries go to the
 * sink. The sink's own errors pass through; the rest are LayerErrors. `between` is awaited between chunks.
 */
export async function readLayer(
  bytes: LayerBytes,
  names: LayerNames,
  sink: LayerSink,
  limits: ScanLimits,
  between?: () => Promise<void> | undefined,
): Promise<ReadLayer> {
  const outer = bytes.sha256 === undefined ? createHash("sha256") : undefined;
  /** Of what was unpacked; absent where nothing is. */
  let inner: Hash | undefined;
  const tar = createTarReader(sink, limits);
  let stored = 0;
  let size = 0;
  let broken: unknown;

  const plain = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > limits.layerBytes) throw new LayerError("limit", `${names.what}: more than ${limits.layerBytes} bytes`);
    if (size > 64 << 20 && size > stored * limits.ratio)
      throw new LayerError("limit", `${names.what}: more than ${limits.ratio} times its compressed size`);
    inner?.update(chunk);
    // A broken tar is told only after the digest: a wrong digest is the graver news.
    if (broken === undefined)
      try {
        tar.push(chunk);
      } catch (error) {
        if (!(error instanceof LayerError) || error.code !== "malformed") throw error;
        broken = error;
      }
  };

  let compression: Compression | undefined;
  let unpack: Unpacker | undefined;
  try {
    for await (const chunk of bytes) {
      if (chunk.length === 0) continue;
      stored += chunk.length;
      if (compression === undefined) {
        compression = compressionOf(chunk);
        if (compression !== "none") {
          unpack = unpacker(compression, names.what);
          inner = createHash("sha256");
        } else if (bytes.again !== undefined) sink.lies?.(bytes.again);
      }
      const buffer = asBuffer(chunk);
      outer?.update(buffer);
      if (unpack === undefined) plain(buffer);
      else await unpack.write(buffer, plain);
      const wait = between?.();
      if (wait !== undefined) await wait;
    }
    if (unpack !== undefined) await unpack.end(plain);
  } finally {
    unpack?.close();
  }
  const digest = `sha256:${outer === undefined ? await bytes.sha256?.() : outer.digest("hex")}`;
  const diffId = inner === undefined ? digest : `sha256:${inner.digest("hex")}`;
  for (const [said, is] of [
    [names.digest, digest],
    [names.diffId, diffId],
  ])
    if (said !== undefined && said !== is)
      throw new LayerError("digest-mismatch", `${names.what}: its bytes have the digest ${is}, not ${said}`);
  if (broken !== undefined) throw broken;
  tar.finish();
  return { digest, diffId, size, entries: tar.entries };
}

interface Unpacker {
  write(chunk: Buffer, take: (plain: Buffer) => void): Promise<void>;
  end(take: (plain: Buffer) => void): Promise<void>;
  close(): void;
}

/** Hands each chunk to zlib and waits until it is used up, so that nothing piles up and the chunk may be reused. */
function unpacker(compression: "gzip" | "zstd", what: string): Unpacker {
  const settings = { chunkSize: 256 << 10 };
  const stream: Transform =
    compression === "gzip"
      ? createGunzip(settings)
      : createZstdDecompress({ ...settings, params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
  let take: (plain: Buffer) => void = () => undefined;
  let failed: unknown;
  let fail: ((error: unknown) => void) | undefined;
  stream.on("data", (plain: Buffer) => {
    if (failed !== undefined) return;
    try {
      take(plain);
    } catch (error) {
      failed = error;
      fail?.(error);
      stream.destroy();
    }
  });
  stream.on("error", (error: Error) => {
    failed ??= new LayerError("malformed", `${what}: ${compression} says ${error.message}`, error);
    fail?.(failed);
  });
  const wait = (begin: (done: () => void) => void, to: (plain: Buffer) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      take = to;
      if (failed !== undefined) return reject(failed);
      fail = reject;
      begin(() => (failed === undefined ? resolve() : reject(failed)));
    });
  return {
    write: (chunk, to) => wait((done) => stream.write(chunk, () => done()), to),
    end: (to) =>
      wait((done) => {
        stream.once("end", done);
        stream.end();
      }, to),
    close: () => void stream.destroy(),
  };
}
