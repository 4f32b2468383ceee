/** What a dynamically linked program needs at start. */
export interface ElfNeeds {
  /** The loader, e.g. `/lib64/ld-linux-x86-64.so.2`; undefined for libraries and static programs. */
  readonly interpreter: string | undefined;
  /** Names of libraries (DT_NEEDED), e.g. `libc.so.6`. */
  readonly libraries: readonly string[];
}

const programHeader = { load: 1, dynamic: 2, interpreter: 3 } as const;
const dynamicTag = { end: 0n, needed: 1n, stringTable: 5n } as const;

/** Reads a 64-bit little-endian ELF file; undefined for anything else, or where its tables do not hold together. */
export function elfNeeds(bytes: Uint8Array): ElfNeeds | undefined {
  if (bytes.length < 64 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46)
    return undefined;
  if (bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const inside = (at: number, length: number): boolean => at >= 0 && at + length <= bytes.length;
  const offset = (at: number): number => Number(view.getBigUint64(at, true));
  const start = offset(32);
  const size = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (size < 56 || !inside(start, size * count)) return undefined;
  const loads: { readonly address: number; readonly at: number; readonly length: number }[] = [];
  let dynamic: { readonly at: number; readonly length: number } | undefined;
  let interpreter: string | undefined;
  for (let n = 0; n < count; n++) {
    const header = start + n * size;
    const type = view.getUint32(header, true);
    const segment = { at: offset(header + 8), address: offset(header + 16), length: offset(header + 32) };
    if (!inside(segment.at, segment.length)) continue;
    if (type === programHeader.load) loads.push(segment);
    if (type === programHeader.dynamic) dynamic = segment;
    if (type === programHeader.interpreter) interpreter = text(bytes, segment.at, segment.at + segment.length);
  }
  if (dynamic === undefined) return { interpreter, libraries: [] };
  const names: number[] = [];
  let table = -1;
  for (let at = dynamic.at; at + 16 <= dynamic.at + dynamic.length; at += 16) {
    const tag = view.getBigUint64(at, true);
    const value = offset(at + 8);
    if (tag === dynamicTag.end) break;
    if (tag === dynamicTag.needed) names.push(value);
    if (tag === dynamicTag.stringTable) table = value;
  }
  const holder = loads.find((l) => table >= l.address && table < l.address + l.length);
  if (holder === undefined) return { interpreter, libraries: [] };
  const strings = holder.at + (table - holder.address);
  return { interpreter, libraries: names.map((n) => text(bytes, strings + n, bytes.length)) };
}

function text(bytes: Uint8Array, from: number, to: number): string {
  const end = bytes.indexOf(0, from);
  return Buffer.from(
    bytes.buffer,
    bytes.byteOffset + from,
    Math.max(0, Math.min(end === -1 ? to : end, to) - from),
  ).toString("latin1");
}
