/** Messages between the agent and the image worker: each a length of four bytes and so many bytes. */

/** What came over a pipe is no message of ours. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

export function frame(bytes: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(4 + bytes.length);
  whole.writeUInt32LE(bytes.length, 0);
  whole.set(bytes, 4);
  return whole;
}

/** Reads one message after another. */
export interface FrameReader {
  /** The next message; undefined at the end of the stream. Throws FrameError for one that is longer, or cut off. */
  next(limit: number): Promise<Buffer | undefined>;
}

export function readFrames(stream: AsyncIterable<Uint8Array>): FrameReader {
  const source = stream[Symbol.asyncIterator]();
  let pending: Uint8Array = Buffer.alloc(0);

  /** Exactly so many bytes; fewer only at the stream's end. */
  async function take(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let have = 0;
    while (have < count) {
      if (pending.length === 0) {
        const { value, done } = await source.next();
        if (done === true) break;
        pending = value;
        continue;
      }
      const part = pending.subarray(0, count - have);
      pending = pending.subarray(part.length);
      parts.push(part);
      have += part.length;
    }
    return Buffer.concat(parts);
  }

  return {
    async next(limit) {
      const head = await take(4);
      if (head.length === 0) return undefined;
      if (head.length < 4) throw new FrameError("a message is cut off");
      const length = head.readUInt32LE(0);
      if (length > limit) throw new FrameError(`a message of ${length} bytes where at most ${limit} are expected`);
      const body = await take(length);
      if (body.length < length) throw new FrameError("a message is cut off");
      return body;
    },
  };
}
