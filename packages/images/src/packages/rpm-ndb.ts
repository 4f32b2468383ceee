import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

const bad = (what: string): PackageError => new PackageError("malformed", `rpm ndb: ${what}`);
const magic = 0x506d7052; // RpmP
const slotMagic = 0x746f6c53; // Slot
const blobMagic = 0x53626c42; // BlbS
const blobLimit = 64 << 20;
const pagesLimit = 2048;

/** Header blobs of an ndb `Packages.db` (SUSE): a table of slots that name blocks of 16 bytes (rpm's rpmpkg.c). */
export function* ndbBlobs(body: FileBody): Generator<Buffer> {
  const head = body.read(0, 32);
  if (head.length < 32 || head.readUInt32LE(0) !== magic) throw bad("it does not begin like one");
  if (head.readUInt32LE(4) !== 0) throw new PackageError("unsupported", `rpm ndb: version ${head.readUInt32LE(4)}`);
  const pages = head.readUInt32LE(12);
  if (pages === 0 || pages > pagesLimit) throw bad(`${pages} pages of slots`);
  const slots = Buffer.from(body.read(0, pages * 4096));
  if (slots.length < pages * 4096) throw bad("its slots are cut off");
  for (let at = 32; at + 16 <= slots.length; at += 16) {
    if (slots.readUInt32LE(at) !== slotMagic) throw bad("a slot that is none");
    const index = slots.readUInt32LE(at + 4);
    if (index === 0) continue;
    const offset = slots.readUInt32LE(at + 8) * 16;
    const blob = body.read(offset, 16);
    if (blob.length < 16 || blob.readUInt32LE(0) !== blobMagic || blob.readUInt32LE(4) !== index)
      throw bad("a slot whose blob is none");
    const length = blob.readUInt32LE(12);
    if (length > blobLimit) throw new PackageError("limit", `rpm ndb: a header of ${length} bytes`);
    if (offset + 16 + length > body.size) throw bad("a blob that is cut off");
    yield body.read(offset + 16, length);
  }
}
