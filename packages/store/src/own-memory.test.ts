import { expect, test } from "vitest";
import { ownMemory } from "./own-memory.ts";

test("what is cut from a shared slab is copied, what stands alone is kept", () => {
  const slab = new Uint8Array(64).fill(7);
  const own = ownMemory(slab.subarray(8, 16));
  expect([...own]).toEqual(Array.from({ length: 8 }, () => 7));
  expect(own.buffer.byteLength).toBe(8);
  slab.fill(0);
  expect(own[0]).toBe(7);
  expect(ownMemory(own)).toBe(own);
});
