import { createCipheriv, randomBytes } from "node:crypto";
import { LayerError } from "../layers/layer-error.ts";
import type { ReadAgain } from "../layers/read-layer.ts";
import type { FileBody } from "../packages/file-body.ts";

/**
 * A file of a layer that lies uncompressed, looked at where it lies before it has passed, so that nothing of it is copied. What is
 * read must be what passes, and is hashed with the layer: of each block that is read a code is kept, under a key that nobody else
 * knows, and compared when the block passes. LayerError where somebody has written to the file meanwhile.
 */
export interface FileAhead {
  /** To be read before any bytes pass. */
  readonly body: FileBody;
  /** Its bytes, as they pass. */
  pass(bytes: Buffer): void;
}

const blockSize = 64 << 10;
const codeSize = 16;

/** `at`: where in the layer the file begins; `first`: its first bytes, which pass now, and are there while it is looked at. */
export function createFileAhead(again: ReadAgain, at: number, size: number, first: Buffer): FileAhead {
  const key = randomBytes(16);
  const codes = new Map<number, Buffer>();
  /** Whole blocks, as they were read last. */
  let read = Buffer.alloc(0);
  let readFrom = 0;
  /** The beginning of a block whose end has not passed yet. */
  let held = Buffer.alloc(0);
  let passed = 0;

  /** GMAC; no block has another's number. */
  function codeOf(block: Buffer, number: number): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32LE(number);
    const cipher = createCipheriv("aes-128-gcm", key, nonce);
    cipher.setAAD(block);
    cipher.final();
    return cipher.getAuthTag().subarray(0, codeSize);
  }

  function hold(block: Buffer, number: number): void {
    const [code, known] = [codeOf(block, number), codes.get(number)];
    if (known === undefined) codes.set(number, code);
    else if (!known.equals(code)) throw new LayerError("malformed", "a file of it was written to while it was read");
  }

  function readBlocks(from: number, to: number): void {
    const buffer = read.length < to - from ? Buffer.allocUnsafeSlow(to - from) : read;
    // Nothing of what was there before stays readable if this fails.
    read = Buffer.alloc(0);
    const bytes = buffer.subarray(0, to - from);
    if (again(bytes, at + from) !== bytes.length) throw new LayerError("malformed", "a file of it ends early");
    for (let block = from; block < to; block += blockSize)
      hold(bytes.subarray(block - from, Math.min(block - from + blockSize, bytes.length)), block / blockSize);
    read = bytes;
    readFrom = from;
  }

  return {
    body: {
      size,
      read(offset, count) {
        const from = Math.min(Math.max(offset, 0), size);
        const to = Math.min(from + count, size);
        if (to <= from) return Buffer.alloc(0);
        if (to <= first.length) return first.subarray(from, to);
        if (from < readFrom || to > readFrom + read.length)
          readBlocks(from - (from % blockSize), Math.min(Math.ceil(to / blockSize) * blockSize, size));
        return read.subarray(from - readFrom, to - readFrom);
      },
    },
    pass(bytes) {
      const [from, to] = [passed, passed + bytes.length];
      passed = to;
      for (let number = Math.floor(from / blockSize); number * blockSize < to; number++) {
        if (!codes.has(number)) continue;
        const start = number * blockSize;
        const end = Math.min(start + blockSize, size);
        if (start >= from && end <= to) hold(bytes.subarray(start - from, end - from), number);
        else {
          if (held.length === 0) held = Buffer.allocUnsafeSlow(blockSize);
          bytes.copy(held, Math.max(from - start, 0), Math.max(start - from, 0), Math.min(end, to) - from);
          if (end <= to) hold(held.subarray(0, end - start), number);
        }
      }
    },
  };
}
