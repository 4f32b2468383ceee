import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSealed, Seed, sealOverhead, seedIdOf } from "./seal.ts";

const bytes = (max = 300) => fc.uint8Array({ maxLength: max });
const seed = new Seed("0011223344556677", randomBytes(32));

describe("sealing", () => {
  it("derives keys as HKDF-SHA256 expand does", () => {
    const prk = randomBytes(32);
    const info = randomBytes(32);
    const expected = createHmac("sha256", prk).update(info).update("\x01").digest();
    expect(new Seed("0000000000000000", prk).expand(info)).toEqual(expected);
  });

  it("opens what it sealed, for any bytes and path", () => {
    fc.assert(
      fc.property(bytes(), fc.string(), (plain, path) => {
        const sealed = seed.seal(path, plain);
        expect(isSealed(sealed)).toBe(true);
        expect(seedIdOf(sealed)).toBe("0011223344556677");
        expect(sealed.byteLength).toBe(plain.byteLength + sealOverhead);
        expect(Buffer.from(seed.open(path, sealed))).toEqual(Buffer.from(plain));
      }),
    );
  });

  it("never seals alike twice", () => {
    const plain = Buffer.from("same");
    const seen = new Set(Array.from({ length: 500 }, () => Buffer.from(seed.seal("a", plain)).toString("hex")));
    expect(seen.size).toBe(500);
  });

  it("refuses every single changed bit", () => {
    const sealed = seed.seal("/secrets/a/b", Buffer.from("hello"));
    for (let bit = 5 * 8; bit < sealed.byteLength * 8; bit++) {
      const altered = Buffer.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => seed.open("/secrets/a/b", altered)).toThrow(expect.objectContaining({ code: "unauthentic" }));
    }
  });

  it("refuses bytes moved to another path and bytes of another seed", () => {
    const sealed = seed.seal("/secrets/team-a/db", Buffer.from("hello"));
    expect(() => seed.open("/secrets/team-b/db", sealed)).toThrow(expect.objectContaining({ code: "unauthentic" }));
    const other = new Seed("0011223344556677", randomBytes(32));
    expect(() => other.open("/secrets/team-a/db", sealed)).toThrow(expect.objectContaining({ code: "unauthentic" }));
  });

  it("tells JSON from sealed bytes, and a newer format from its own", () => {
    expect(isSealed(Buffer.from(`{"kind":"Secret","data":{}}${" ".repeat(100)}`))).toBe(false);
    expect(() => seedIdOf(Buffer.from("{}"))).toThrow(expect.objectContaining({ code: "malformed" }));
    const newer = Buffer.from(seed.seal("a", Buffer.from("x")));
    newer[4] = 2;
    expect(() => seedIdOf(newer)).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});
