import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { SourceError } from "../archives/source-error.ts";
import { openHandedRecords, packedRecordLimit } from "./handed-records.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-handed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const digest = `sha256:${"a".repeat(64)}`;

async function taken(bytes: Uint8Array): Promise<unknown> {
  const path = join(folder, "record");
  writeFileSync(path, bytes);
  const file = openSync(path, "r");
  try {
    return await openHandedRecords({ [digest]: file }, 0, Buffer.alloc(32)).get(digest);
  } finally {
    closeSync(file);
  }
}

test("a bomb, and a record longer than any, is refused before it is unpacked", async () => {
  await expect(taken(zstdCompressSync(Buffer.alloc(packedRecordLimit.unpacked + 1)))).rejects.toThrow(
    "does not unpack",
  );
  await expect(taken(Buffer.alloc(packedRecordLimit.packed + 1))).rejects.toMatchObject({ code: "limit" });
  await expect(taken(Buffer.alloc(0))).rejects.toMatchObject({ code: "limit" });
});

test("whatever the bytes are, they are no record, and nothing else is thrown", async () => {
  const packed = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc.json().map((text) => new Uint8Array(zstdCompressSync(Buffer.from(text)))),
  );
  await fc.assert(
    fc.asyncProperty(packed, async (bytes) => {
      await expect(taken(bytes)).rejects.toThrow(SourceError);
    }),
    { numRuns: 200 },
  );
});
