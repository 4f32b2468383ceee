import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { AdvisoryError } from "./advisory-error.ts";
import { openZip, type ZipLimits } from "./zip-file.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-zip-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Entry {
  readonly name: string;
  readonly data: string;
  readonly stored?: boolean;
  /** What the directory says of its size, where that is a lie. */
  readonly claims?: number;
  readonly flags?: number;
}

function zip(entries: readonly Entry[], overlap = false): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [index, { name, data, stored = false, claims, flags = 0 }] of entries.entries()) {
    const packed = stored ? Buffer.from(data) : deflateRawSync(data);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(name.length, 26);
    const local = Buffer.concat([head, Buffer.from(name), packed]);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(crc32(data), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(claims ?? Buffer.byteLength(data), 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(overlap ? 0 : offset, 42);
    central.push(entry, Buffer.from(name));
    if (!overlap || index === 0) {
      locals.push(local);
      offset += local.length;
    }
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function read(bytes: Uint8Array, limits?: ZipLimits): string[] {
  const path = join(folder, "some.zip");
  writeFileSync(path, bytes);
  const file = openZip(path, limits);
  try {
    return [...file.entries()].map((entry) => `${entry.name}=${Buffer.from(entry.read()).toString()}`);
  } finally {
    file.close();
  }
}

const two: readonly Entry[] = [
  { name: "a.json", data: "one" },
  { name: "b.json", data: "two", stored: true },
];

describe("openZip", () => {
  it("reads entries, packed and stored", () => {
    expect(read(zip(two))).toEqual(["a.json=one", "b.json=two"]);
  });

  it("refuses what lies about its size, overlaps, is encrypted or too much", () => {
    const bomb = "x".repeat(100_000);
    const code = (work: () => unknown): string => {
      try {
        work();
        return "read";
      } catch (error) {
        return error instanceof AdvisoryError ? error.code : "threw";
      }
    };
    expect(code(() => read(zip([{ name: "a", data: bomb, claims: 10 }])))).toBe("malformed");
    expect(code(() => read(zip([{ name: "a", data: "one", claims: 100 }])))).toBe("malformed");
    const same = Array.from({ length: 50 }, (_, i) => ({ name: `n${i}`, data: bomb.slice(0, 99_000) + "abc" }));
    expect(code(() => read(zip(same, true)))).toBe("malformed");
    expect(code(() => read(zip([{ name: "a", data: "one", flags: 1 }])))).toBe("malformed");
    const limits = { entries: 1, entryBytes: 1000, totalBytes: 2000 };
    expect(code(() => read(zip(two), limits))).toBe("too-large");
    expect(code(() => read(zip([{ name: "a", data: bomb }]), { ...limits, entries: 9 }))).toBe("too-large");
    expect(code(() => read(Buffer.from("no zip at all, whatever its name says")))).toBe("malformed");
    expect(code(() => read(zip(two).subarray(40)))).toBe("malformed");
    expect(code(() => read(Buffer.alloc(0)))).toBe("malformed");
  });

  it("fails by its own error only, whatever the bytes", () => {
    const whole = zip(two);
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, cut) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          read(bytes.subarray(0, bytes.length - (cut % 20)));
        } catch (error) {
          if (!(error instanceof AdvisoryError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
