import { hashPath } from "../layers/path-set.ts";
import type { ElfFile } from "./elf-file.ts";
import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

/**
 * Names of the functions that a Go program is linked of, as a Bloom filter of about ten bits a name: whether a name is in
 * it can be asked, and one of a hundred that are not is taken to be. Base64.
 */
export type GoFunctions = string;

const mostNames = 400_000;
const mostBytes = 48 << 20;
const piece = 1 << 20;
const bitsPerName = 10;
const probes = 6;
/** The filter is asked later by another process; whoever makes a program may forge its names as well as any hash. */
const key = [0x676f, 0x6675] as const;

const bad = (what: string): PackageError => new PackageError("malformed", `Go function table: ${what}`);

/**
 * The functions of a Go program, inlined ones included: names in `.gopclntab` (Go 1.16 and later), which the runtime itself
 * reads, so that stripping leaves it. `main`: the path of the package that is called main in it. Undefined where there is no
 * table, or an older or obfuscated one.
 */
export function readGoFunctions(body: FileBody, elf: ElfFile, main: string | undefined): GoFunctions | undefined {
  const section = elf.section(".gopclntab") ?? elf.section(".data.rel.ro.gopclntab");
  if (section === undefined) return undefined;
  const head = Buffer.from(body.read(section.offset, 8 + 8 * 8));
  const names = head.length < 8 ? undefined : namesAt(head, elf.littleEndian);
  if (names === undefined) return undefined;
  const { from, to } = names;
  if (!(from >= 16 && to > from && to <= section.size) || section.offset + to > body.size)
    throw bad("outside its section");
  if (to - from > mostBytes) throw new PackageError("limit", `a Go function table of ${to - from} bytes`);
  return filterOf(body, section.offset + from, section.offset + to, main);
}

/** `runtime.pcHeader`: which bytes of the table hold the names. */
function namesAt(head: Buffer, little: boolean): { readonly from: number; readonly to: number } | undefined {
  const magic = little ? head.readUInt32LE(0) : head.readUInt32BE(0);
  const size = head[7];
  // Of Go 1.18 and later the text's address stands between the counts and the offsets.
  const first = magic === 0xfffffff0 || magic === 0xfffffff1 ? 3 : magic === 0xfffffffa ? 2 : undefined;
  if (first === undefined || (size !== 4 && size !== 8)) return undefined;
  if (head.length < 8 + (first + 2) * size) throw bad("cut off");
  const word = (i: number): number => {
    const at = 8 + i * size;
    if (size === 4) return little ? head.readUInt32LE(at) : head.readUInt32BE(at);
    return Number(little ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at));
  };
  return { from: word(first), to: word(first + 1) };
}

function filterOf(body: FileBody, from: number, to: number, main = "main"): GoFunctions | undefined {
  const hashes = new Set<number>();
  let runtime = false;
  let rest = "";
  let last = "";
  for (let at = from; at < to; at += piece) {
    // One character a byte: names are compared, and none that we ask for has others.
    const parts = (rest + body.read(at, Math.min(piece, to - at)).toString("latin1")).split("\0");
    rest = parts.pop() ?? "";
    if (rest.length > piece) throw bad("a name without end");
    for (const name of parts) {
      runtime ||= name === "runtime.main" || name === "runtime.goexit";
      const plain = plainName(name);
      if (plain === undefined) continue;
      const path = plain.package === "main" ? main : plain.package;
      hashes.add(hashPath(key, `${path}.${plain.symbol}`));
      // A package, and every path that it lies below: one of them is its module. Functions of one package stand together.
      if (path !== last)
        for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1))
          hashes.add(hashPath(key, path.slice(0, end)));
      last = path;
      if (hashes.size > mostNames) throw new PackageError("limit", `a Go program of more than ${mostNames} functions`);
    }
  }
  // Without the names that every program has, the others are not what they were either.
  if (!runtime || hashes.size === 0) return undefined;
  const filter = Buffer.alloc(Math.ceil((hashes.size * bitsPerName) / 8));
  for (const hash of hashes)
    for (const bit of bitsOf(hash, filter.length * 8)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  return filter.toString("base64");
}

function* bitsOf(hash: number, size: number): Generator<number> {
  const step = Math.floor(hash / 2 ** 26) | 1;
  for (let i = 0, at = hash % 2 ** 26; i < probes; i++, at += step) yield at % size;
}

/** A package with the functions of it that an advisory speaks of; empty: all of them. */
export interface GoImport {
  readonly path: string;
  /** `Parse`, `Decoder.Decode` */
  readonly symbols: readonly string[];
}

/**
 * Whether one of these functions is linked into the program. Undefined: the program shows nothing of the module at all, so
 * that its silence says nothing.
 */
export type LinksAny = (module: string, imports: readonly GoImport[]) => boolean | undefined;

export function openGoFunctions(functions: GoFunctions): LinksAny {
  const filter = Buffer.from(functions, "base64");
  const has = (name: string): boolean => {
    for (const bit of bitsOf(hashPath(key, name), filter.length * 8))
      if (((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    return filter.length > 0;
  };
  return (module, imports) => {
    if (module !== "stdlib" && !has(module)) return undefined;
    return imports.some(({ path, symbols }) =>
      symbols.length === 0 ? has(path) : symbols.some((symbol) => has(`${path}.${symbol}`)),
    );
  };
}

/**
 * A function's name as advisories write it: `golang.org/x/net/http2.(*Framer).ReadFrame.func1` is `Framer.ReadFrame` of
 * `golang.org/x/net/http2`. Undefined for what the compiler made.
 */
export function plainName(name: string): { readonly package: string; readonly symbol: string } | undefined {
  // Types between brackets have paths of their own.
  const bracket = name.indexOf("[");
  const slash = name.lastIndexOf("/", bracket < 0 ? name.length : bracket);
  const dot = name.indexOf(".", slash + 1);
  if (dot <= 0 || name.length > 4096 || /^(go:|type[:.])/.test(name)) return undefined;
  let said = name.slice(dot + 1);
  if (bracket >= 0) said = withoutTypes(said);
  if (said.startsWith("(")) said = said.replace(/^\(\*?([^)]*)\)/, "$1");
  if (said.endsWith("-fm")) said = said.slice(0, -3);
  const [first = "", second = ""] = said.split(".", 2);
  if (first === "") return undefined;
  // Closures, wrappers of go and defer statements, and numbered initialisers belong to what they stand in.
  const inner = second === "" || /^(?:(?:func|gowrap|deferwrap)?\d+|abi0|abiinternal)$/.test(second);
  // The linker writes a path's last part with its dots escaped.
  const written = name.slice(0, dot);
  const path = written.includes("%")
    ? written.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : written;
  return { package: path, symbol: inner ? first : `${first}.${second}` };
}

/** `Cache[go.shape.[2]string].Do` is `Cache.Do`: brackets lie within brackets. */
function withoutTypes(text: string): string {
  let plain = "";
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "[" && depth++ === 0) plain += text.slice(from, at);
    else if (character === "]" && depth > 0 && --depth === 0) from = at + 1;
  }
  return depth === 0 ? plain + text.slice(from) : plain;
}
