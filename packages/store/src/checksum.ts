import { crc32 } from "node:zlib";

/** The checksum of a log row whose path, meta and bytes stand one behind the other. */
export function checksum(kind: number, revision: number, body: Uint8Array): number {
  return crc32(body, start(kind, revision));
}

/** The same from the parts. */
export function checksumOfParts(
  kind: number,
  revision: number,
  path: string,
  meta: Uint8Array,
  bytes: Uint8Array,
): number {
  return crc32(bytes, crc32(meta, crc32(path, start(kind, revision))));
}

function start(kind: number, revision: number): number {
  return ((revision % 0x40000000) * 4 + kind) >>> 0;
}
