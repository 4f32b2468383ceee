import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LayerError } from "./layer-error.ts";
import { tarOf } from "./tar-fixture.ts";
import { insideRoot, type TarEntry } from "./tar-header.ts";
import { createTarReader } from "./tar-reader.ts";

interface Seen extends Pick<TarEntry, "path" | "type" | "size"> {
  readonly body: string;
}

function readAll(
  tar: Buffer,
  pieces: readonly number[] = [tar.length],
  limits = { entries: 1000, pathBytes: 4096 },
): Seen[] {
  const seen: Seen[] = [];
  let current: TarEntry | undefined;
  let body: Buffer[] = [];
  const reader = createTarReader(
    {
      entry(entry) {
        current = entry;
        body = [];
        return true;
      },
      data: (bytes) => void body.push(Buffer.from(bytes)),
      end() {
        if (current !== undefined)
          seen.push({
            path: current.path,
            type: current.type,
            size: current.size,
            body: Buffer.concat(body).toString(),
          });
      },
    },
    limits,
  );
  let at = 0;
  for (let i = 0; at < tar.length; i++) {
    const size = Math.max(1, pieces[i % pieces.length] ?? 1);
    reader.push(tar.subarray(at, at + size));
    at += size;
  }
  reader.finish();
  return seen;
}

/** A header block by hand: what no packer writes. */
function header(name: string, size: number, type: string, more: (block: Buffer) => void = () => undefined): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, "latin1");
  block.write("0000644\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write(type, 156);
  block.write("ustar\x0000", 257, "latin1");
  more(block);
  block.fill(" ", 148, 156);
  let sum = 0;
  for (const c of block) sum += c;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
const padded = (text: string): Buffer => {
  const bytes = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  bytes.write(text);
  return bytes;
};
const end = Buffer.alloc(1024);
const pax = (records: Readonly<Record<string, string>>): Buffer => {
  const body = Object.entries(records)
    .map(([key, value]) => {
      let length = key.length + value.length + 3;
      while (`${length}`.length + key.length + value.length + 3 !== length) length++;
      return `${length} ${key}=${value}\n`;
    })
    .join("");
  return Buffer.concat([header("pax", body.length, "x"), padded(body)]);
};
const long = "folder/".repeat(40);

describe("a tar pushed in pieces", () => {
  test("gives its entries with their bytes, long names among them", async () => {
    const tar = await tarOf([
      { name: "usr/", type: "directory" },
      { name: `${long}file`, content: "long" },
      { name: "usr/bin/sh", type: "symlink", linkname: "dash" },
      { name: "etc/passwd", content: "x".repeat(3000) },
    ]);
    expect(readAll(tar).map(({ path, type, size }) => ({ path, type, size }))).toEqual([
      { path: "usr", type: "directory", size: 0 },
      { path: `${long}file`, type: "file", size: 4 },
      { path: "usr/bin/sh", type: "symlink", size: 0 },
      { path: "etc/passwd", type: "file", size: 3000 },
    ]);
  });

  test("gives the same however it is cut", async () => {
    const tar = await tarOf([
      { name: "a", content: "one" },
      { name: `${long}b`, content: "y".repeat(1500) },
      { name: "c", content: "" },
    ]);
    const whole = readAll(tar);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1200 }), { minLength: 1, maxLength: 8 }), (pieces) => {
        expect(readAll(tar, pieces)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  test("reads GNU long names and pax sizes", () => {
    const name = "g".repeat(300);
    const gnu = Buffer.concat([
      header("././@LongLink", name.length, "L"),
      padded(name),
      header("short", 2, "0"),
      padded("hi"),
      end,
    ]);
    expect(readAll(gnu)).toMatchObject([{ path: name, body: "hi" }]);
    const sized = Buffer.concat([pax({ path: "p", size: "2" }), header("short", 0, "0"), padded("hi"), end]);
    expect(readAll(sized)).toMatchObject([{ path: "p", size: 2, body: "hi" }]);
  });

  test("passes over the further blocks of an old GNU sparse map and stays in step", () => {
    const map = Buffer.alloc(512);
    const tar = Buffer.concat([
      header("sparse", 4, "S", (b) => void b.writeUInt8(1, 482)),
      map,
      padded("data"),
      header("after", 1, "0"),
      padded("x"),
      end,
    ]);
    expect(readAll(tar).map(({ path, type }) => [path, type])).toEqual([
      ["sparse", "sparse"],
      ["after", "file"],
    ]);
  });

  test("gives no body to links and folders, whatever their size says", () => {
    const tar = Buffer.concat([header("dir", 999, "5"), header("after", 1, "0"), padded("x"), end]);
    expect(readAll(tar).map((e) => [e.path, e.size])).toEqual([
      ["dir", 0],
      ["after", 1],
    ]);
  });

  test.each([
    ["a checksum that does not hold", Buffer.concat([header("a", 0, "0").fill("z", 0, 3), end])],
    ["a size that is no number", Buffer.concat([header("a", 0, "0", (b) => void b.write("9z", 124)), end])],
    ["a header after one zero block", Buffer.concat([Buffer.alloc(512), header("a", 0, "0"), end])],
    ["an end in the middle of a file", Buffer.concat([header("a", 5000, "0"), padded("x")])],
    ["a pax record longer than its header", Buffer.concat([header("p", 9, "x"), padded("99 path=a"), end])],
    ["a pax name with a zero byte", Buffer.concat([pax({ path: "a\0b" }), header("a", 0, "0"), end])],
    ["a negative size", Buffer.concat([header("a", 0, "0", (b) => void b.fill(0xff, 124, 136)), end])],
  ])("is refused with %s", (_, tar) => {
    expect(() => readAll(tar)).toThrow(expect.objectContaining({ name: "LayerError", code: "malformed" }));
  });

  test.each([
    ["entries", { entries: 1, pathBytes: 4096 }],
    ["characters in a path", { entries: 100, pathBytes: 10 }],
  ])("is bounded in %s", async (_, limits) => {
    const tar = await tarOf([{ name: "a" }, { name: "a-name-too-long" }]);
    expect(() => readAll(tar, [512], limits)).toThrow(expect.objectContaining({ code: "limit" }));
  });

  test("bounds extended headers", () => {
    const tar = Buffer.concat([header("p", 2 << 20, "x"), end]);
    expect(() => readAll(tar)).toThrow(expect.objectContaining({ code: "limit" }));
  });

  test("skips a body without being given it", () => {
    const paths: number[] = [];
    const reader = createTarReader(
      { entry: () => (paths.push(reader.position), false), data: () => undefined, end: () => undefined },
      { entries: 10, pathBytes: 100 },
    );
    reader.push(header("a", 5000, "0"));
    expect(reader.skip()).toBe(5120);
    reader.push(header("b", 0, "0"));
    reader.push(end);
    reader.finish();
    expect(paths).toEqual([512, 512 + 5120 + 512]);
  });

  test("throws nothing but its own error for any bytes", async () => {
    const tar = await tarOf([
      { name: "a", content: "one" },
      { name: `${long}b`, content: "y".repeat(700) },
      { name: "l", type: "link", linkname: "a" },
    ]);
    const attempt = (bytes: Buffer): void => {
      try {
        readAll(bytes, [700]);
      } catch (error) {
        expect(error).toBeInstanceOf(LayerError);
      }
    };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(tar.length - 1), fc.nat(255)), { maxLength: 12 }), (changes) => {
        const bytes = Buffer.from(tar);
        for (const [at, value] of changes) bytes[at] = value;
        attempt(bytes);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => attempt(Buffer.from(bytes))),
      { numRuns: 200 },
    );
  });
});

describe("a name in a tar", () => {
  test.each([
    ["./usr/bin/", "usr/bin"],
    ["/etc/passwd", "etc/passwd"],
    ["../../etc/passwd", "etc/passwd"],
    ["a/../../b", "b"],
    ["a//b/./c", "a/b/c"],
    [".", ""],
    ["./", ""],
    ["/", ""],
    ["..", ""],
    ["a..b/.c", "a..b/.c"],
  ])("%s means %s within the image", (name, inside) => expect(insideRoot(name)).toBe(inside));

  test("never leads out of it", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("..", ".", "", "a", "b.", ".."), { maxLength: 12 }), (parts) => {
        const inside = insideRoot(parts.join("/"));
        expect(inside.startsWith("/")).toBe(false);
        expect(inside.split("/")).not.toContain("..");
        expect(insideRoot(inside)).toBe(inside);
      }),
    );
  });
});
