import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readAhead } from "./read-ahead.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-ahead-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const bytes = randomBytes((9 << 20) + 123);
const path = join(folder, "file");
writeFileSync(path, bytes);

test("gives a part of a file piece by piece, and the digest of it", async () => {
  const file = openSync(path, "r");
  try {
    const [from, size] = [1000, (8 << 20) + 77];
    const read = readAhead(file, from, size, "a test");
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
    for await (const chunk of readAhead(file, 0, 64 << 20, "a test")) length += chunk.length;
    expect(length).toBe(bytes.length);
    for await (const chunk of readAhead(file, 0, bytes.length, "a test")) {
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
    const read = readAhead(file, 0, 1 << 20, "a test")[Symbol.asyncIterator]();
    await expect(read.next()).rejects.toThrow("EISDIR");
  } finally {
    closeSync(file);
  }
});
