import { LayerError } from "./layer-error.ts";

export type TarType = "file" | "directory" | "symlink" | "link" | "device" | "fifo" | "sparse";

/** One entry of a tar, its path made relative to the image's root (`usr/bin/env`; the root itself is ""). */
export interface TarEntry {
  readonly path: string;
  readonly type: TarType;
  /** Bytes that follow in the tar. */
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch, of the header alone; 0 where it is none. */
  readonly mtime: number;
  /** Of a symlink as written; of a hard link made relative to the root. */
  readonly target: string;
  /** It has file capabilities (security.capability). */
  readonly capabilities: boolean;
}

const bad = (what: string): LayerError => new LayerError("malformed", `tar: ${what}`);

/** Octal digits, or base-256 with the high bit set. Throws on anything else, and past 2^53. */
export function tarNumber(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    if ((first & 0x40) !== 0) throw bad("a negative number");
    let value = first & 0x3f;
    for (let i = at + 1; i < at + length; i++) {
      value = value * 256 + (block[i] ?? 0);
      if (value > Number.MAX_SAFE_INTEGER) throw bad("a number too large");
    }
    return value;
  }
  let value = 0;
  let seen = false;
  for (let i = at; i < at + length; i++) {
    const c = block[i] ?? 0;
    if (c >= 0x30 && c <= 0x37) {
      value = value * 8 + c - 0x30;
      seen = true;
    } else if (c === 0x20 || c === 0) {
      if (seen) break;
    } else throw bad("a number that is not octal");
  }
  return value;
}

/** A time that no reader depends on: what is no octal number counts as none. */
function tarTime(block: Buffer): number {
  let at = 136;
  while (at < 148 && block[at] === 0x20) at++;
  let value = 0;
  const first = at;
  for (let c = block[at] ?? 0; at < 148 && c >= 0x30 && c <= 0x37; c = block[++at] ?? 0) value = value * 8 + c - 0x30;
  if (at === first) return 0;
  for (; at < 148; at++) if (block[at] !== 0x20 && block[at] !== 0) return 0;
  return value;
}

export function isZero(block: Buffer): boolean {
  for (let i = 0; i < 512; i++) if (block[i] !== 0) return false;
  return true;
}

/** The sum of the header's bytes, its own field taken as blanks; old tars sum signed bytes. */
export function checksumHolds(block: Buffer): boolean {
  let sum = 8 * 0x20;
  let high = 0;
  for (let i = 0; i < 512; i++) {
    const c = block[i] ?? 0;
    sum += c;
    high += c >> 7;
  }
  for (let i = 148; i < 156; i++) {
    const c = block[i] ?? 0;
    sum -= c;
    high -= c >> 7;
  }
  const said = tarNumber(block, 148, 8);
  return said === sum || said === sum - 256 * high;
}

/** UTF-8 where it is that, else byte by byte, so that two different names stay two. */
export function tarText(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const part = end < 0 ? bytes : bytes.subarray(0, end);
  const text = part.toString("utf8");
  return text.includes("\ufffd") ? part.toString("latin1") : text;
}

/** A path as the runtime takes it: inside the root whatever it says, `.` and `..` resolved by name. */
export function insideRoot(name: string): string {
  // Most names need nothing but a prefix or slash taken off.
  let start = 0;
  let end = name.length;
  while (start < end && (name.charCodeAt(start) === 47 || (name.startsWith("./", start) && end - start > 1)))
    start += name.charCodeAt(start) === 47 ? 1 : 2;
  while (end > start && name.charCodeAt(end - 1) === 47) end--;
  const plain = name.slice(start, end);
  const dotted = plain.startsWith(".") || plain.includes("/.");
  if (!plain.includes("//") && !(dotted && /(^|\/)\.{1,2}($|\/)/.test(plain))) return plain;
  const parts: string[] = [];
  for (const part of plain.split("/"))
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  return parts.join("/");
}

/** The records of a pax header: `LENGTH KEY=VALUE\n`. Only what we use is kept. */
export interface PaxRecords {
  path?: string;
  linkpath?: string;
  size?: number;
  uid?: number;
  gid?: number;
  sparse?: boolean;
  capabilities?: boolean;
}

const paxNumber = (text: string): number => {
  // Times and ids may be given as decimals.
  const value = /^\d{1,15}(\.\d*)?$/.test(text) ? Math.trunc(Number(text)) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw bad("a pax number that is none");
  return value;
};

export function parsePax(body: Buffer, into: PaxRecords): PaxRecords {
  let at = 0;
  while (at < body.length) {
    let length = 0;
    let i = at;
    for (; i < body.length && i - at < 8; i++) {
      const c = body[i] ?? 0;
      if (c < 0x30 || c > 0x39) break;
      length = length * 10 + c - 0x30;
    }
    if (
      i === at ||
      body[i] !== 0x20 ||
      length <= i + 1 - at ||
      at + length > body.length ||
      body[at + length - 1] !== 0x0a
    )
      throw bad("a pax record that is none");
    const equals = body.indexOf(0x3d, i + 1);
    if (equals < 0 || equals >= at + length - 1) throw bad("a pax record without a value's sign");
    const key = body.toString("latin1", i + 1, equals);
    const value = body.subarray(equals + 1, at + length - 1);
    switch (key) {
      case "path":
      case "linkpath":
        if (value.includes(0)) throw bad("a name with a zero byte");
        if (value.length > 0) into[key] = tarText(value);
        break;
      case "size":
      case "uid":
      case "gid":
        if (value.length > 0) into[key] = paxNumber(value.toString("latin1"));
        break;
      case "SCHILY.xattr.security.capability":
        into.capabilities = true;
        break;
      default:
        if (key.startsWith("GNU.sparse.")) into.sparse = true;
        if (key === "GNU.sparse.name" && !value.includes(0)) into.path = tarText(value);
    }
    at += length;
  }
  return into;
}

const types: Readonly<Record<string, TarType>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "link",
  "2": "symlink",
  "3": "device",
  "4": "device",
  "5": "directory",
  "6": "fifo",
  S: "sparse",
};

/** What one header block says, long names and pax records already at hand. Undefined: a kind of entry we pass over. */
export function tarEntry(
  block: Buffer,
  pax: PaxRecords,
  long: { readonly name?: string | undefined; readonly link?: string | undefined },
  pathBytes: number,
): { readonly entry: TarEntry | undefined; readonly size: number } {
  const flag = String.fromCharCode(block[156] ?? 0);
  let type = types[flag];
  let name = pax.path ?? long.name;
  if (name === undefined) {
    name = tarText(block.subarray(0, 100));
    // ustar splits long names; GNU (`ustar  `) uses those bytes for times.
    if (block[345] !== 0 && block.toString("latin1", 257, 263) === "ustar\0")
      name = `${tarText(block.subarray(345, 500))}/${name}`;
  }
  if (type === "file" && flag === "\0" && name.endsWith("/")) type = "directory";
  if (pax.sparse === true && type === "file") type = "sparse";
  const written = pax.size ?? tarNumber(block, 124, 12);
  // As Go's archive/tar has it: these have no body whatever their size says.
  const size = type === undefined || type === "file" || type === "sparse" ? written : 0;
  if (name.length > pathBytes) throw new LayerError("limit", `tar: a path of ${name.length} characters`);
  if (type === undefined) return { entry: undefined, size };
  const link =
    type === "symlink" || type === "link" ? (pax.linkpath ?? long.link ?? tarText(block.subarray(157, 257))) : "";
  if (link.length > pathBytes) throw new LayerError("limit", `tar: a link target of ${link.length} characters`);
  return {
    size,
    entry: {
      path: insideRoot(name),
      type,
      size,
      mode: tarNumber(block, 100, 8) & 0o7777,
      uid: pax.uid ?? tarNumber(block, 108, 8),
      gid: pax.gid ?? tarNumber(block, 116, 8),
      mtime: tarTime(block),
      target: type === "link" ? insideRoot(link) : link,
      capabilities: pax.capabilities === true,
    },
  };
}
