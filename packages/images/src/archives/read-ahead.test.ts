import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createAheadReaders } from "./read-ahead.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-ahead-"));
const readers = createAheadReaders();
afterAll(() => {
  readers.close();
  rmSync(folder, { recursive: true, force: true });
});
const bytes = randomBytes((9 << 20) + 123);
const path = join(folder, "file");
writeFileSync(path, bytes);

test("gives a part of a file piece by piece, and the digest of it", async () => {
  const file = openSync(path, "r");
  try {
    const [from, size] = [1000, (8 << 20) + 77];
    const read = readers.read(file, from, size, "a test");
    const hash = createHash("sha256");
    let length = 0;
    for await (const chunk of read) {
      hash.update(Buffer.from(chunk));
      length += chunk.length;
      // Slower than the thread: nothing is written over before it is used.
      if (length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const wanted = createHash("sha256")
      .update(bytes.subarray(from, from + size))
      .digest("hex");
    expect(length).toBe(size);
    expect(hash.digest("hex")).toBe(wanted);
    expect(await read.sha256?.()).toBe(wanted);
  } finally {
    closeSync(file);
  }
});

test("a file that ends early ends the pieces, and whoever stops early waits for nothing", async () => {
  const file = openSync(path, "r");
  try {
    let length = 0;
    for await (const chunk of readers.read(file, 0, 64 << 20, "a test")) length += chunk.length;
    expect(length).toBe(bytes.length);
    for await (const chunk of readers.read(file, 0, bytes.length, "a test")) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  } finally {
    closeSync(file);
  }
});

test("a file that cannot be read is an error", async () => {
  const file = openSync(folder, "r");
  try {
    const read = readers.read(file, 0, 1 << 20, "a test")[Symbol.asyncIterator]();
    await expect(read.next()).rejects.toThrow("EISDIR");
  } finally {
    closeSync(file);
  }
});

test("one thread reads one part after another, and two at a time are two", async () => {
  const file = openSync(path, "r");
  try {
    const parts = [
      [0, 1 << 20],
      [5, 9 << 20],
      [100, 1],
    ] as const;
    const digests = async (from: number, size: number) => {
      const read = readers.read(file, from, size, "a test");
      for await (const _ of read) await new Promise((resolve) => setImmediate(resolve));
      return read.sha256?.();
    };
    const wanted = parts.map(([from, size]) =>
      createHash("sha256")
        .update(bytes.subarray(from, from + size))
        .digest("hex"),
    );
    for (const [i, [from, size]] of parts.entries()) expect(await digests(from, size)).toBe(wanted[i]);
    expect(await Promise.all(parts.map(([from, size]) => digests(from, size)))).toEqual(wanted);
  } finally {
    closeSync(file);
  }
});

test("a thread that is there is asked for less than one is started for", async () => {
  const prepared = createAheadReaders();
  try {
    expect([8 << 20, 64 << 20].map((size) => prepared.worth(size))).toEqual([false, true]);
    prepared.prepare(8 << 20);
    expect(prepared.worth(8 << 20)).toBe(false);
    prepared.prepare(64 << 20);
    expect([1000, 8 << 20].map((size) => prepared.worth(size))).toEqual([false, true]);
  } finally {
    prepared.close();
  }
});
