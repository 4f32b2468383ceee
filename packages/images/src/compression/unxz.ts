import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { ByteInput } from "./byte-input.ts";
import { CompressionError } from "./compression-error.ts";
import { LzmaDecoder } from "./lzma-decoder.ts";

export interface UnxzLimits {
  /** Most that the whole may unpack to. */
  readonly bytes: number;
  /** Largest dictionary; `xz -9` has 64 MiB, the default 8. */
  readonly dictionary: number;
}

const magic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
/** Bytes of the checks by their type, the .xz format's 2.1.1.2. */
const checkBytes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;

/**
 * Unpacks an .xz stream as it comes (format 1.2, LZMA2; node:zlib has none). Every check that is CRC-32 or SHA-256 is
 * held against the bytes, and every header's CRC; what is given out is valid until the next piece. Throws CompressionError.
 */
export async function* unxz(
  source: AsyncIterable<Uint8Array>,
  limits: UnxzLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new ByteInput(source);
  let total = 0;
  for (let streams = 0; ; streams++) {
    // Between streams there may be zeros, by fours.
    let head = await input.peek(4);
    while (streams > 0 && head.length === 4 && head.readUInt32LE(0) === 0) {
      await input.take(4);
      head = await input.peek(4);
    }
    if (streams > 0 && head.length === 0) return;
    const header = await input.take(12);
    if (
      !header.subarray(0, 6).equals(magic) ||
      header[6] !== 0 ||
      crc32(header.subarray(6, 8)) !== header.readUInt32LE(8)
    )
      throw new CompressionError("xz: not an xz stream");
    const check = (header[7] ?? 0) & 0x0f;
    while ((await input.peek(1))[0] !== 0)
      for await (const piece of block(input, check, limits)) {
        total += piece.length;
        if (total > limits.bytes) throw new CompressionError(`xz: unpacks to more than ${limits.bytes} bytes`);
        yield piece;
      }
    await skipIndex(input);
  }
}

async function* block(
  input: ByteInput,
  check: number,
  limits: UnxzLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const size = (((await input.peek(1))[0] ?? 0) + 1) * 4;
  const header = await input.take(size);
  if (crc32(header.subarray(0, size - 4)) !== header.readUInt32LE(size - 4))
    throw new CompressionError("xz: a damaged block header");
  const flags = header[1] ?? 0;
  let at = 2;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = header[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new CompressionError("xz: a number that does not end");
  };
  if ((flags & 0x3f) !== 0) throw new CompressionError("xz: filters beside LZMA2 are not read");
  if ((flags & 0x40) !== 0) number();
  if ((flags & 0x80) !== 0) number();
  if (number() !== 0x21 || number() !== 1) throw new CompressionError("xz: filters other than LZMA2 are not read");
  const bits = header[at] ?? 0;
  const dictionary = bits === 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
  if (bits > 40 || dictionary > limits.dictionary)
    throw new CompressionError(`xz: needs a dictionary of ${dictionary} bytes`);
  const decoder = new LzmaDecoder(Math.max(4096, dictionary));
  const hash = check === 10 ? createHash("sha256") : undefined;
  let sum = 0;
  const before = input.position;
  let started = false;
  for (;;) {
    const control = (await input.take(1))[0] ?? 0;
    if (control === 0) break;
    let piece: Uint8Array;
    if (control < 0x80) {
      if (control > 2 || (!started && control !== 1)) throw new CompressionError("xz: a damaged chunk");
      if (control === 1) decoder.resetDictionary();
      piece = decoder.copy(await input.take((await input.take(2)).readUInt16BE(0) + 1));
    } else {
      const sizes = await input.take(4);
      const plain = ((control & 0x1f) << 16) + sizes.readUInt16BE(0) + 1;
      const reset = (control >> 5) & 3;
      if (!started && reset !== 3) throw new CompressionError("xz: a damaged chunk");
      if (reset === 3) decoder.resetDictionary();
      if (reset >= 2) decoder.setProperties((await input.take(1))[0] ?? 0);
      if (reset >= 1) decoder.resetState();
      piece = decoder.decode(await input.take(sizes.readUInt16BE(2) + 1), plain);
    }
    started = true;
    if (check === 1) sum = crc32(piece, sum);
    hash?.update(piece);
    yield piece;
  }
  await input.take((4 - ((input.position - before) % 4)) % 4);
  const stated = await input.take(checkBytes[check] ?? 0);
  const right = check === 1 ? stated.readUInt32LE(0) === sum : hash === undefined || hash.digest().equals(stated);
  if (!right) throw new CompressionError("xz: the check does not hold");
}

async function skipIndex(input: ByteInput): Promise<void> {
  const before = input.position;
  await input.take(1);
  const number = async (): Promise<number> => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = (await input.take(1))[0] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new CompressionError("xz: a number that does not end");
  };
  const records = await number();
  for (let i = 0; i < records; i++) {
    await number();
    await number();
  }
  await input.take((4 - ((input.position - before) % 4)) % 4);
  await input.take(4);
  const footer = await input.take(12);
  if (footer.toString("latin1", 10) !== "YZ" || crc32(footer.subarray(4, 10)) !== footer.readUInt32LE(0))
    throw new CompressionError("xz: a damaged end");
}
