import { type Duplex, pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ByteInput } from "./byte-input.ts";
import { CompressionError } from "./compression-error.ts";
import { unlz4 } from "./unlz4.ts";
import { unxz } from "./unxz.ts";

export interface UnpackLimits {
  /** Most that the whole may unpack to. */
  readonly bytes: number;
  /** Largest dictionary of an xz stream. */
  readonly dictionary: number;
}

/**
 * A stream's bytes, unpacked if they are gzip, zstd, xz or lz4 by their beginning. A piece is valid until the next.
 * Throws CompressionError for what is damaged or too much.
 */
export async function* unpacked(
  source: AsyncIterable<Uint8Array>,
  limits: UnpackLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new ByteInput(source);
  const head = Buffer.from(await input.peek(4));
  let total = 0;
  try {
    for await (const piece of decoderFor(head, input.rest(), limits)) {
      total += piece.length;
      if (total > limits.bytes) throw new CompressionError(`unpacks to more than ${limits.bytes} bytes`);
      yield piece;
    }
  } catch (error) {
    throw isZlibError(error) ? new CompressionError("a damaged stream", error) : error;
  }
}

function decoderFor(
  head: Uint8Array,
  whole: AsyncIterable<Uint8Array>,
  limits: UnpackLimits,
): AsyncIterable<Uint8Array> {
  const begins = (...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);
  if (begins(0x1f, 0x8b)) return through(whole, createGunzip());
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return through(whole, createZstdDecompress());
  if (begins(0xfd, 0x37, 0x7a, 0x58)) return unxz(whole, limits);
  if (begins(0x04, 0x22, 0x4d, 0x18)) return unlz4(whole, limits.bytes);
  return whole;
}

/** A failure of either ends both, and reaches whoever reads. */
function through(whole: AsyncIterable<Uint8Array>, unpack: Duplex): AsyncIterable<Uint8Array> {
  pipeline(Readable.from(whole), unpack, () => undefined);
  return unpack as AsyncIterable<Uint8Array>;
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && /^(?:Z_|ZSTD_|ERR_)/.test(error.code);
