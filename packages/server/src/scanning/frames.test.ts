import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameError, frame, readFrames } from "./frames.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("messages come out as they went in, however the pipe cuts them", async () => {
  const property = fc.asyncProperty(
    fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }),
    fc.integer({ min: 1, max: 50 }),
    async (messages, size) => {
      const reader = readFrames(pieces(Buffer.concat(messages.map(frame)), size));
      for (const message of messages) expect(await reader.next(40)).toEqual(Buffer.from(message));
      expect(await reader.next(40)).toBeUndefined();
    },
  );
  await fc.assert(property);
});

test("a message beyond its bound is refused before it is read, and one that is cut off is none", async () => {
  await expect(readFrames(pieces(frame(Buffer.alloc(41)), 8)).next(40)).rejects.toThrow(FrameError);
  await expect(readFrames(pieces(frame(Buffer.alloc(20)).subarray(0, 10), 8)).next(40)).rejects.toThrow(FrameError);
  await expect(readFrames(pieces(Buffer.from([1, 0]), 8)).next(40)).rejects.toThrow(FrameError);
});
