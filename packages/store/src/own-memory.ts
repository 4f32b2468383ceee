/**
 * The bytes in memory of their own. Small buffers are cut from a slab that many share, and one that is kept would keep
 * its whole slab: dozens of times its size.
 */
export function ownMemory(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength === bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.byteLength);
  own.set(bytes);
  return own;
}
