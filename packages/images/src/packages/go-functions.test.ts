import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ElfFile } from "./elf-file.ts";
import { bodyOf } from "./file-body.ts";
import { openGoFunctions, plainName, readGoFunctions } from "./go-functions.ts";
import { PackageError } from "./package-error.ts";

const layouts = { "1.16": 0xfffffffa, "1.18": 0xfffffff0, "1.20": 0xfffffff1 } as const;
const names = [
  "go:buildid",
  "type:.eq.example.com/lib.T",
  "runtime.main",
  "os.Exit",
  "main.main",
  "example.com/lib/v2.(*Decoder).Decode",
  "example.com/lib/v2.(*Decoder).Decode.func1",
  "example.com/lib/v2.Parse",
  "example.com/lib/v2/deep%2ev3.Dotted",
];

interface Table {
  readonly version?: keyof typeof layouts;
  readonly size?: 4 | 8;
  readonly little?: boolean;
  readonly names?: readonly string[];
  /** Overrides where names begin and end. */
  readonly at?: readonly [number, number];
}

/** A `.gopclntab` with a header as `runtime.pcHeader`, the names, and something behind them. */
function table({ version = "1.20", size = 8, little = true, names: list = names, at }: Table = {}) {
  const text = Buffer.from(`${list.join("\0")}\0`, "latin1");
  const start = 8 + 9 * size;
  const [from, to] = at ?? [start, start + text.length];
  const head = Buffer.alloc(start);
  const u32 = (value: number, offset: number) =>
    little ? head.writeUInt32LE(value, offset) : head.writeUInt32BE(value, offset);
  const word = (value: number, i: number): unknown => {
    if (size === 4) return u32(value, 8 + i * 4);
    return little ? head.writeBigUInt64LE(BigInt(value), 8 + i * 8) : head.writeBigUInt64BE(BigInt(value), 8 + i * 8);
  };
  u32(layouts[version], 0);
  head[6] = 1;
  head[7] = size;
  const counts = version === "1.16" ? [list.length, 1] : [list.length, 1, 0x400000];
  [...counts, from, to].forEach(word);
  const bytes = Buffer.concat([head, text, Buffer.from("no.Name\0")]);
  const elf: ElfFile = {
    littleEndian: little,
    wide: size === 8,
    segments: [],
    section: (name) => (name === ".gopclntab" ? { offset: 0, size: bytes.length } : undefined),
  };
  return { body: bodyOf(bytes), elf };
}
const read = (made: Table = {}) => {
  const { body, elf } = table(made);
  const functions = readGoFunctions(body, elf, "example.com/app/cmd/app");
  return functions === undefined ? undefined : openGoFunctions(functions);
};

test.each(
  (["1.16", "1.18", "1.20"] as const).flatMap((version) =>
    ([4, 8] as const).flatMap((size) => [true, false].map((little) => ({ version, size, little }))),
  ),
)("the table of Go $version, words of $size bytes, little endian $little", (made) => {
  const links = read(made);
  const has = (path: string, ...symbols: string[]) => links?.("example.com/lib/v2", [{ path, symbols }]);
  expect(has("example.com/lib/v2", "Decoder.Decode")).toBe(true);
  expect(has("example.com/lib/v2", "Nothing", "Parse")).toBe(true);
  expect(has("example.com/lib/v2", "Encoder.Encode")).toBe(false);
  expect(has("example.com/lib/v2/deep.v3", "Dotted")).toBe(true);
  // Its main package is called main in it.
  expect(links?.("example.com/app", [{ path: "example.com/app/cmd/app", symbols: ["main"] }])).toBe(true);
  // Without names of functions a whole package is meant.
  expect([has("example.com/lib/v2/deep.v3"), has("example.com/lib/v2/other")]).toEqual([true, false]);
  expect(links?.("stdlib", [{ path: "os", symbols: ["Exit"] }])).toBe(true);
  expect(links?.("stdlib", [{ path: "net/smtp", symbols: ["SendMail"] }])).toBe(false);
  // Of a module that shows nowhere, nothing can be said.
  expect(links?.("example.com/elsewhere", [{ path: "example.com/elsewhere", symbols: ["F"] }])).toBeUndefined();
});

test("names that were obfuscated, other tables and none say nothing", () => {
  expect(read({ names: ["qX1.a", "bZ/c.D"] })).toBeUndefined();
  const { body, elf } = table();
  expect(readGoFunctions(body, { ...elf, section: () => undefined }, undefined)).toBeUndefined();
  const older = Buffer.from(body.read(0, body.size));
  older.writeUInt32LE(0xfffffffb, 0);
  expect(readGoFunctions(bodyOf(older), elf, undefined)).toBeUndefined();
});

test.each<[string, readonly [number, number]]>([
  ["before the header's end", [0, 60]],
  ["backwards", [120, 100]],
  ["past the section", [100, 1 << 20]],
  ["far away", [2 ** 40, 2 ** 41]],
])("names that lie %s are refused", (_, at) => {
  expect(() => read({ at })).toThrow(PackageError);
});

test("bytes of any kind throw nothing but PackageError", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 300 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 400 }),
      (tail, little, size) => {
        const head = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]);
        const bytes = Buffer.concat([little ? head : Buffer.from([0xff, 0xff, 0xff, 0xf1, 0, 0, 1, 4]), tail]);
        const elf: ElfFile = {
          littleEndian: little,
          wide: true,
          segments: [],
          section: (name) => (name === ".gopclntab" ? { offset: 0, size } : undefined),
        };
        try {
          readGoFunctions(bodyOf(bytes), elf, undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(PackageError);
        }
      },
    ),
  );
});

describe("a function's name as advisories write it", () => {
  test.each([
    ["net/http.Get", "net/http", "Get"],
    ["net/http.(*Client).do", "net/http", "Client.do"],
    ["net/http.(*Client).do.func1.2", "net/http", "Client.do"],
    ["net/http.Header.Get", "net/http", "Header.Get"],
    ["net/http.Handler.ServeHTTP-fm", "net/http", "Handler.ServeHTTP"],
    ["golang.org/x/sys/unix.Syscall.abi0", "golang.org/x/sys/unix", "Syscall"],
    ["example.com/a.init.0", "example.com/a", "init"],
    ["example.com/a.F.gowrap3", "example.com/a", "F"],
    ["gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml.v3", "Unmarshal"],
    ["slices.SortFunc[go.shape.[]example.com/b.X]", "slices", "SortFunc"],
    ["cmd/par.(*Cache[go.shape.[2]string,go.shape.struct { a int }]).Do", "cmd/par", "Cache.Do"],
  ])("%s", (name, path, symbol) => expect(plainName(name)).toEqual({ package: path, symbol }));

  test.each(["go:buildid", "type:.eq.a/b.C", "type..hash.x", "noDot", ""])("%j is nobody's", (name) =>
    expect(plainName(name)).toBeUndefined(),
  );
});

test("of names that are not in it, few are taken to be", () => {
  const many = Array.from({ length: 5000 }, (_, i) => `example.com/lib.F${i}`);
  const links = read({ names: ["runtime.main", ...many] });
  const has = (name: string) => links?.("example.com/lib", [{ path: "example.com/lib", symbols: [name] }]);
  expect(many.every((_, i) => has(`F${i}`) === true)).toBe(true);
  const wrong = Array.from({ length: 5000 }, (_, i) => has(`G${i}`)).filter((each) => each === true).length;
  expect(wrong).toBeLessThan(150);
});
