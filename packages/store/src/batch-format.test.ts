import { hashBytes } from "@bulkhead/audit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BatchEntry, encodeMeta, logKind, packBatch, unpackBatch } from "./batch-format.ts";
import { checksum, checksumOfParts } from "./checksum.ts";

const write = fc
  .record({
    name: fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).map((name) => name.toWellFormed()),
    revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    labels: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 3 }),
    bytes: fc.uint8Array({ maxLength: 200 }),
    removed: fc.boolean(),
  })
  .map(({ name, revision, labels, bytes, removed }) => {
    const key = { group: "", resource: "r", namespace: "", name };
    const object = removed ? undefined : { key, revision, bytes, labels, fields: {} };
    return { path: `/r//${name}`, key, revision, object, bytes };
  });

const entry: fc.Arbitrary<BatchEntry> = fc.record({
  writes: fc.array(write, { maxLength: 3 }),
  audit: fc.option(fc.uint8Array({ maxLength: 100 }), { nil: undefined }),
});

describe("a batch", () => {
  it("is taken apart as it was put together, in order", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const expected = entries.flatMap(({ writes, audit }) => [
          ...writes.map(({ object, revision, path, bytes }) => ({
            kind: object === undefined ? logKind.remove : logKind.put,
            revision,
            path,
            meta: encodeMeta(object),
            bytes: [...bytes],
          })),
          ...(audit === undefined ? [] : [{ audit: [...audit] }]),
        ]);
        const found: unknown[] = [];
        unpackBatch(packBatch(entries), {
          write(kind, revision, path, meta, bytes, body) {
            found.push({ kind, revision, path, meta: Buffer.from(meta).toString(), bytes: [...bytes] });
            expect(checksum(kind, revision, body)).toBe(checksumOfParts(kind, revision, path, meta, bytes));
          },
          audit: (joined) => void found.push({ audit: [...joined.subarray(hashBytes)] }),
        });
        expect(found).toEqual(expected);
      }),
    );
  });

  it("has a checksum that every part of a row changes", () => {
    const meta = Buffer.from("m");
    const sums = [
      checksumOfParts(1, 5, "/p", meta, Buffer.from("b")),
      checksumOfParts(2, 5, "/p", meta, Buffer.from("b")),
      checksumOfParts(1, 6, "/p", meta, Buffer.from("b")),
      checksumOfParts(1, 5, "/q", meta, Buffer.from("b")),
      checksumOfParts(1, 5, "/p", Buffer.from("n"), Buffer.from("b")),
      checksumOfParts(1, 5, "/p", meta, Buffer.from("c")),
    ];
    expect(new Set(sums).size).toBe(sums.length);
  });
});
