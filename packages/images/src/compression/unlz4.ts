import { ByteInput } from "./byte-input.ts";
import { CompressionError } from "./compression-error.ts";

/** Farthest that a match may reach back. */
const reach = 65_536;
const frameMagic = 0x184d2204;

/**
 * Unpacks an LZ4 frame as it comes (frame format 1.6; node:zlib has none): apt keeps its lists so in containers. What is
 * given out is valid until the next piece. Its checksums (xxHash) are not held against it. Throws CompressionError.
 */
export async function* unlz4(
  source: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new ByteInput(source);
  if ((await input.take(4)).readUInt32LE(0) !== frameMagic) throw new CompressionError("lz4: not a frame");
  const [flags = 0, sizes = 0] = await input.take(2);
  if (flags >> 6 !== 1 || (flags & 1) !== 0) throw new CompressionError("lz4: a frame of a kind that is not read");
  const blockBytes = 2 ** (8 + 2 * ((sizes >> 4) & 7));
  if (blockBytes < reach) throw new CompressionError("lz4: a damaged header");
  await input.take((flags & 8) === 0 ? 1 : 9);
  let window = new Uint8Array(reach + blockBytes);
  let filled = 0;
  let total = 0;
  for (;;) {
    const head = (await input.take(4)).readUInt32LE(0);
    if (head === 0) return;
    const length = head & 0x7fffffff;
    if (length > blockBytes) throw new CompressionError("lz4: a block of more than it may");
    const block = await input.take(length);
    if (filled > reach) {
      window.copyWithin(0, filled - reach, filled);
      filled = reach;
    }
    const start = filled;
    if (head >= 0x80000000) {
      window.set(block, start);
      filled += length;
    } else filled = unpack(block, window, start, start + blockBytes);
    if ((flags & 0x10) !== 0) await input.take(4);
    total += filled - start;
    if (total > mostBytes) throw new CompressionError(`lz4: unpacks to more than ${mostBytes} bytes`);
    yield window.subarray(start, filled);
    // Blocks that stand alone refer to none before them.
    if ((flags & 0x20) !== 0) {
      window = new Uint8Array(reach + blockBytes);
      filled = 0;
    }
  }
}

/** Unpacks one block behind what is in the window; gives where it ends. */
function unpack(block: Uint8Array, window: Uint8Array, start: number, most: number): number {
  let from = 0;
  let to = start;
  const damaged = (): CompressionError => new CompressionError("lz4: a damaged block");
  const extended = (length: number): number => {
    let whole = length;
    if (length !== 15) return whole;
    for (let byte = 255; byte === 255; ) {
      if (from >= block.length) throw damaged();
      byte = block[from++] ?? 0;
      whole += byte;
    }
    return whole;
  };
  while (from < block.length) {
    const token = block[from++] ?? 0;
    const literals = extended(token >> 4);
    if (from + literals > block.length || to + literals > most) throw damaged();
    window.set(block.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === block.length) return to;
    const back = (block[from] ?? 0) | ((block[from + 1] ?? 0) << 8);
    from += 2;
    const length = extended(token & 15) + 4;
    if (back === 0 || back > to || to + length > most) throw damaged();
    for (let at = to - back, left = length; left > 0; left--) window[to++] = window[at++] ?? 0;
  }
  throw damaged();
}
