import { createCipheriv, createDecipheriv } from "node:crypto";
import { BackupError } from "./backup-error.ts";

/** Plain bytes a piece; each is sealed by itself, so that a backup of any size is read within a small bound. */
export const pieceBytes = 64 * 1024;
const tagBytes = 16;

/** Which piece it is, and whether the last: pieces that are moved, left out, added or cut off do not open. */
function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Cuts a stream into pieces of one size, the last shorter (or empty), and says which is the last. */
async function* cut(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly piece: Buffer; readonly last: boolean }> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const part of source) {
    held.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    bytes += part.byteLength;
    if (bytes <= size) continue;
    const all = Buffer.concat(held);
    let at = 0;
    // One byte more is needed to know that a whole piece is not the last.
    for (; all.length - at > size; at += size) yield { piece: all.subarray(at, at + size), last: false };
    held = [all.subarray(at)];
    bytes = all.length - at;
  }
  yield { piece: Buffer.concat(held), last: true };
}

/** Seals a stream (the STREAM construction, with AES-256-GCM): any change of what comes out is found by `opened`. */
export async function* sealed(key: Buffer, source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let index = 0;
  for await (const { piece, last } of cut(source, pieceBytes)) {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(index++, last));
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
  }
}

/** What was sealed, piece by piece; a piece comes out only once it is known to be whole. Throws BackupError `altered`. */
export async function* opened(key: Buffer, source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let index = 0;
  for await (const { piece, last } of cut(source, pieceBytes + tagBytes)) {
    const body = piece.length - tagBytes;
    if (body < 0) throw new BackupError("altered", "the backup is cut off");
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(index++, last), { authTagLength: tagBytes });
    decipher.setAuthTag(piece.subarray(body));
    const plain = decipher.update(piece.subarray(0, body));
    try {
      decipher.final();
    } catch (cause) {
      const where = `bytes ${(index - 1) * pieceBytes} to ${(index - 1) * pieceBytes + body}`;
      throw new BackupError("altered", `the backup is damaged or cut off (${where} of its contents)`, cause);
    }
    yield plain;
  }
}
