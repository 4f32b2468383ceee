/** A 64-bit little-endian ELF program with these sections, `padding` bytes before them, and no more than readers need. */
export function elfWith(sections: Readonly<Record<string, Buffer>>, padding = 0): Buffer {
  const names = Object.keys(sections);
  const texts = Buffer.from(`\0${[...names, ".shstrtab"].join("\0")}\0`, "latin1");
  const bodies = [...Object.values(sections), texts];
  const head = Buffer.alloc(64);
  head.write("\x7fELF\x02\x01\x01", 0, "latin1");
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(62, 18);
  const parts: Buffer[] = [Buffer.alloc(padding)];
  let at = 64 + padding;
  const headers: Buffer[] = [Buffer.alloc(64)];
  bodies.forEach((body, i) => {
    const gap = (16 - (at % 16)) % 16;
    parts.push(Buffer.alloc(gap), body);
    at += gap;
    const section = Buffer.alloc(64);
    section.writeUInt32LE(texts.indexOf(`${[...names, ".shstrtab"][i] ?? ""}\0`), 0);
    section.writeUInt32LE(1, 4);
    section.writeBigUInt64LE(BigInt(at), 24);
    section.writeBigUInt64LE(BigInt(body.length), 32);
    headers.push(section);
    at += body.length;
  });
  head.writeBigUInt64LE(BigInt(at), 40);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(headers.length, 60);
  head.writeUInt16LE(headers.length - 1, 62);
  return Buffer.concat([head, ...parts, ...headers]);
}
