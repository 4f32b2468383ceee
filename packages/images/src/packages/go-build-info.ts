import type { Declared, FoundPackage } from "./declaration.ts";
import { word } from "./declaration.ts";
import type { ElfFile } from "./elf-file.ts";
import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

const magic = Buffer.from("\xff Go buildinf:", "latin1");
const textLimit = 16 << 20;
const bad = (what: string): PackageError => new PackageError("malformed", `Go build information: ${what}`);

/** Where Go's linker put it: its own section, or, with the sections stripped, the start of the writable data. */
function locate(body: FileBody, elf: ElfFile): number | undefined {
  const section = elf.section(".go.buildinfo");
  const place = section ?? elf.segments.find((s) => s.writable);
  if (place === undefined) return undefined;
  const window = body.read(place.offset, Math.min(place.size, 1 << 20));
  // Aligned to 16 bytes (debug/buildinfo); a copy elsewhere is a program that looks for it.
  for (let at = window.indexOf(magic); at >= 0; at = window.indexOf(magic, at + 1))
    if (at % 16 === 0) return place.offset + at;
  return undefined;
}

/** The two texts of it: Go's version and the modules. */
function texts(body: FileBody, elf: ElfFile, at: number): readonly [string, string] {
  const head = Buffer.from(body.read(at, 32));
  if (head.length < 32) throw bad("cut off");
  if (((head[15] ?? 0) & 2) !== 0) {
    let next = at + 32;
    const take = (): string => {
      const prefix = body.read(next, 10);
      let length = 0;
      let i = 0;
      for (let shift = 1; ; shift *= 128, i++) {
        const c = prefix[i];
        if (c === undefined || i > 5) throw bad("a length that is none");
        length += (c & 0x7f) * shift;
        if (c < 0x80) break;
      }
      if (length > textLimit || next + i + 1 + length > body.size) throw bad("a text longer than the file");
      const text = body.read(next + i + 1, length).toString("latin1");
      next += i + 1 + length;
      return text;
    };
    return [take(), take()];
  }
  // Before Go 1.18: addresses of string headers.
  const size = head[14] ?? 0;
  if (size !== 4 && size !== 8) throw bad(`pointers of ${size} bytes`);
  const big = ((head[15] ?? 0) & 1) !== 0;
  const pointer = (b: Buffer, offset: number): number => {
    if (b.length < offset + size) throw bad("a pointer that is cut off");
    if (size === 4) return big ? b.readUInt32BE(offset) : b.readUInt32LE(offset);
    return Number(big ? b.readBigUInt64BE(offset) : b.readBigUInt64LE(offset));
  };
  const memory = (address: number, length: number): Buffer => {
    const segment = elf.segments.find((s) => address >= s.address && address + length <= s.address + s.size);
    if (segment === undefined) throw bad("an address outside the program");
    return Buffer.from(body.read(segment.offset + address - segment.address, length));
  };
  const text = (offset: number): string => {
    const address = pointer(head, offset);
    if (address === 0) return "";
    const string = memory(address, 2 * size);
    const length = pointer(string, size);
    if (length === 0) return "";
    if (length > textLimit) throw bad("a text longer than any");
    return memory(pointer(string, 0), length).toString("latin1");
  };
  return [text(16), text(16 + size)];
}

/** Versions that a release build writes into variables, where the main module says only `(devel)`. */
const stamped = /-X[= ]?["']?\S*[vV]ersion=["']?(v?\d+\.\d+\.\d+[-+.\w]*)/;

export interface GoProgram extends Declared {
  /** The path of the package that it was built of. */
  readonly mainPackage?: string;
}

/**
 * Modules of a Go program: `runtime/debug.BuildInfo` as the linker wrote it, replacements in the place of what they
 * replace, and Go's own library. Undefined where the program holds none.
 */
export function parseGoBuildInfo(path: string, body: FileBody, elf: ElfFile): GoProgram | undefined {
  const at = locate(body, elf);
  if (at === undefined) return undefined;
  const [version, wrapped] = texts(body, elf, at);
  const modules = wrapped.length >= 33 && wrapped.at(-17) === "\n" ? wrapped.slice(16, -16) : "";
  const packages: FoundPackage[] = [];
  const release = /^(?:devel )?go(\d\S*)/.exec(version)?.[1];
  if (release !== undefined) packages.push({ ecosystem: "Go", name: "stdlib", version: release });
  let main: string | undefined;
  let mainPackage: string | undefined;
  for (const line of modules.split("\n")) {
    const [kind = "", first, second] = line.split("\t");
    const name = word(first);
    const versioned = word(second);
    switch (kind) {
      case "path":
        mainPackage = name;
        break;
      case "mod":
        if (name !== undefined && versioned !== undefined && versioned !== "(devel)")
          packages.push({ ecosystem: "Go", name, version: versioned });
        else main = name;
        break;
      case "dep":
        if (name !== undefined) packages.push({ ecosystem: "Go", name, version: versioned ?? "" });
        break;
      case "=>":
        packages.pop();
        if (name !== undefined) packages.push({ ecosystem: "Go", name, version: versioned ?? "" });
        break;
      case "build": {
        const found = first?.startsWith("-ldflags=") === true ? stamped.exec(first)?.[1] : undefined;
        if (main !== undefined && found !== undefined) {
          packages.push({ ecosystem: "Go", name: main, version: found.startsWith("v") ? found : `v${found}` });
          main = undefined;
        }
        break;
      }
    }
  }
  const listed = packages.filter((p) => p.version !== "");
  return {
    packages: listed,
    explains: [path],
    ...(mainPackage === undefined ? {} : { mainPackage }),
    ...(modules === ""
      ? {
          blindSpots: [
            {
              what: "executable",
              where: path,
              why: "a Go program built without modules: what it is made of is not listed in it",
            },
          ],
        }
      : {}),
  };
}
