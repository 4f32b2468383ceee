import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

/**
 * Blobs of rpm's `Packages(hnum, blob)` table, read out of the SQLite file's b-tree directly (the file format is
 * documented at sqlite.org/fileformat2.html). SQLite itself would run what a hostile schema defines, a view with a
 * recursion without end among it; the walk here ends with the file's pages.
 */
export function* sqliteBlobs(body: FileBody): Generator<Buffer> {
  const head = body.read(0, 100);
  if (head.length < 100 || head.toString("latin1", 0, 16) !== "SQLite format 3\0")
    throw bad("it does not begin like one");
  const raw = head.readUInt16BE(16);
  const pageSize = raw === 1 ? 65_536 : raw;
  const usable = pageSize - (head[20] ?? 0);
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0 || usable < 480) throw bad("no page size");
  const file = { body, pageSize, usable, left: Math.ceil(body.size / pageSize) + 1 };
  let root: number | undefined;
  for (const payload of rows(file, 1, 0)) {
    const [type, name, , rootPage] = record(payload);
    if (type?.toString() === "table" && name?.toString() === "Packages" && typeof rootPage === "number")
      root = rootPage;
  }
  if (root === undefined) throw bad("there is no table Packages");
  file.left = Math.ceil(body.size / pageSize) + 1;
  for (const payload of rows(file, root, 0)) {
    const blob = record(payload).find((column) => Buffer.isBuffer(column) && column.length > 0);
    if (Buffer.isBuffer(blob)) yield blob;
  }
}

interface DatabaseFile {
  readonly body: FileBody;
  readonly pageSize: number;
  readonly usable: number;
  /** Pages that may still be visited: each at most once in a sound file. */
  left: number;
}

const bad = (what: string): PackageError => new PackageError("malformed", `rpm sqlite: ${what}`);
const payloadLimit = 64 << 20;
const depthLimit = 20;

function page(file: DatabaseFile, number: number): Buffer {
  if (number < 1 || file.left-- <= 0) throw bad("its pages go round in a circle");
  const bytes = file.body.read((number - 1) * file.pageSize, file.pageSize);
  if (bytes.length < file.pageSize) throw bad(`page ${number} is cut off`);
  return bytes;
}

function varint(bytes: Buffer, at: number): readonly [value: number, next: number] {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const c = bytes[at + i];
    if (c === undefined) throw bad("a number that is cut off");
    value = value * 128 + (c & 0x7f);
    if (c < 0x80) return [value, at + i + 1];
  }
  return [value * 256 + (bytes[at + 8] ?? 0), at + 9];
}

/** Payloads of a table's rows, in order. */
function* rows(file: DatabaseFile, number: number, depth: number): Generator<Buffer> {
  if (depth > depthLimit) throw bad("its tree is too deep");
  // Kept: other pages are read before this one is done with.
  const bytes = Buffer.from(page(file, number));
  const at = number === 1 ? 100 : 0;
  const kind = bytes[at];
  if (kind !== 0x0d && kind !== 0x05) throw bad(`page ${number} belongs to no table`);
  const cells = bytes.readUInt16BE(at + 3);
  const pointers = at + (kind === 0x05 ? 12 : 8);
  if (pointers + cells * 2 > bytes.length) throw bad(`page ${number} has ${cells} cells`);
  for (let i = 0; i < cells; i++) {
    const cell = bytes.readUInt16BE(pointers + i * 2);
    if (kind === 0x05) {
      if (cell + 4 > bytes.length) throw bad("a cell outside its page");
      yield* rows(file, bytes.readUInt32BE(cell), depth + 1);
    } else yield payload(file, bytes, cell);
  }
  if (kind === 0x05) yield* rows(file, bytes.readUInt32BE(at + 8), depth + 1);
}

function payload(file: DatabaseFile, bytes: Buffer, cell: number): Buffer {
  const [length, afterLength] = varint(bytes, cell);
  const [, start] = varint(bytes, afterLength);
  if (length > payloadLimit || length > file.body.size)
    throw new PackageError("limit", `rpm sqlite: a row of ${length} bytes`);
  const most = file.usable - 35;
  if (length <= most) {
    if (start + length > bytes.length) throw bad("a row outside its page");
    return bytes.subarray(start, start + length);
  }
  const least = Math.floor(((file.usable - 12) * 32) / 255) - 23;
  const fits = least + ((length - least) % (file.usable - 4));
  const local = fits <= most ? fits : least;
  if (start + local + 4 > bytes.length) throw bad("a row outside its page");
  const whole = Buffer.allocUnsafe(length);
  let done = bytes.copy(whole, 0, start, start + local);
  let next = bytes.readUInt32BE(start + local);
  while (done < length) {
    const more = page(file, next);
    done += more.copy(whole, done, 4, Math.min(file.usable, 4 + length - done));
    next = more.readUInt32BE(0);
  }
  return whole;
}

type Column = Buffer | number | undefined;

/** Columns of a record: text and blobs as bytes, whole numbers, the rest undefined. */
function record(bytes: Buffer): Column[] {
  const [headerLength, first] = varint(bytes, 0);
  if (headerLength > bytes.length) throw bad("a row's header is longer than the row");
  const columns: Column[] = [];
  let at = first;
  let data = headerLength;
  while (at < headerLength) {
    const [type, next] = varint(bytes, at);
    at = next;
    const length = type >= 12 ? (type - (type % 2 === 0 ? 12 : 13)) / 2 : ([0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type] ?? 0);
    if (data + length > bytes.length) throw bad("a column outside its row");
    if (type >= 12) columns.push(bytes.subarray(data, data + length));
    else if (type >= 1 && type <= 5) columns.push(bytes.readIntBE(data, length));
    else columns.push(type === 8 ? 0 : type === 9 ? 1 : undefined);
    data += length;
  }
  return columns;
}
