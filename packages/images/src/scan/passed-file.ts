import { createCipheriv, randomBytes } from "node:crypto";
import { LayerError } from "../layers/layer-error.ts";
import type { ReadAgain } from "../layers/read-layer.ts";
import type { FileBody } from "../packages/file-body.ts";

/** A large file of a layer that lies uncompressed: read again from where it lies, and not kept. */
export interface PassedFile {
  /** Its bytes, as they pass. */
  add(bytes: Buffer): void;
  /**
   * All that has passed. What is read is what passed, and was hashed with the layer: a code over each block, under a key that nobody
   * else knows, is compared. A read throws LayerError where somebody has written to the file meanwhile.
   */
  body(): FileBody;
}

const blockSize = 256 << 10;
const codeSize = 16;

/** `at`: where in the layer the file begins. */
export function createPassedFile(again: ReadAgain, at: number, size: number): PassedFile {
  const key = randomBytes(16);
  const codes = Buffer.alloc(Math.ceil(size / blockSize) * codeSize);
  /** The beginning of a block whose end has not come yet. */
  let held = Buffer.alloc(0);
  let heldLength = 0;
  /** What was read last: used again by the next read. */
  let scratch = Buffer.alloc(0);
  let blocks = 0;
  let length = 0;

  /** GMAC; no block has another's number. */
  function codeOf(block: Buffer, number: number): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32LE(number);
    const cipher = createCipheriv("aes-128-gcm", key, nonce);
    cipher.setAAD(block);
    cipher.final();
    return cipher.getAuthTag();
  }

  function seal(block: Buffer): void {
    codeOf(block, blocks).copy(codes, blocks * codeSize);
    blocks++;
  }

  function hold(bytes: Buffer): void {
    if (held.length === 0) held = Buffer.allocUnsafeSlow(blockSize);
    bytes.copy(held, heldLength);
    heldLength += bytes.length;
    if (heldLength < blockSize) return;
    seal(held);
    heldLength = 0;
  }

  function read(offset: number, count: number): Buffer {
    const from = Math.min(Math.max(offset, 0), length);
    const to = Math.min(from + count, length);
    if (to <= from) return Buffer.alloc(0);
    const first = Math.floor(from / blockSize);
    const start = first * blockSize;
    const needed = Math.min(Math.ceil(to / blockSize) * blockSize, length) - start;
    if (scratch.length < needed) scratch = Buffer.allocUnsafeSlow(needed);
    const bytes = scratch.subarray(0, needed);
    let same = again(bytes, at + start) === bytes.length;
    for (let done = 0, number = first; same && done < bytes.length; done += blockSize, number++) {
      const block = bytes.subarray(done, done + blockSize);
      same = codeOf(block, number).equals(codes.subarray(number * codeSize, (number + 1) * codeSize));
    }
    if (!same) throw new LayerError("malformed", "a file of it was written to while it was read");
    return bytes.subarray(from - start, to - start);
  }

  return {
    add(bytes) {
      length += bytes.length;
      let from = 0;
      if (heldLength > 0) {
        from = Math.min(blockSize - heldLength, bytes.length);
        hold(bytes.subarray(0, from));
      }
      for (; bytes.length - from >= blockSize; from += blockSize) seal(bytes.subarray(from, from + blockSize));
      if (from < bytes.length) hold(bytes.subarray(from));
    },
    body() {
      if (heldLength > 0) seal(held.subarray(0, heldLength));
      heldLength = 0;
      return { size: length, read };
    },
  };
}
