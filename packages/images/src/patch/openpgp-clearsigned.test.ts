import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verifyClearsigned } from "./openpgp-clearsigned.ts";
import { readKeyring } from "./openpgp-keys.ts";
import { PatchError } from "./patch-error.ts";

const made = 1_760_000_000;
const now = (made + 1000) * 1000;

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const u32 = (value: number): Buffer => Buffer.concat([u16(Math.floor(value / 65_536)), u16(value % 65_536)]);
const packet = (tag: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xc0 | tag, 255]), u32(body.length), body]);
function mpi(value: Buffer): Buffer {
  const start = value.findIndex((byte) => byte !== 0);
  const bytes = value.subarray(Math.max(0, start));
  return Buffer.concat([u16(bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24), bytes]);
}
const subpacket = (type: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([value.length + 1, type]), value]);

interface Signer {
  readonly algorithm: number;
  readonly key: KeyObject;
  readonly keyring: Buffer;
  readonly id: Buffer;
}

function signer(kind: "rsa" | "ed25519", more: readonly Buffer[] = []): Signer {
  const { privateKey, publicKey } =
    kind === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ed25519");
  const jwk = publicKey.export({ format: "jwk" });
  const number = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64url");
  const algorithm = kind === "rsa" ? 1 : 22;
  const material =
    kind === "rsa"
      ? Buffer.concat([mpi(number(jwk.n)), mpi(number(jwk.e))])
      : Buffer.concat([
          Buffer.from("092b06010401da470f01", "hex"),
          mpi(Buffer.concat([Buffer.from([0x40]), number(jwk.x)])),
        ]);
  const body = Buffer.concat([Buffer.from([4]), u32(made - 1000), Buffer.from([algorithm]), material]);
  const id = createHash("sha1")
    .update(Buffer.from([0x99]))
    .update(u16(body.length))
    .update(body)
    .digest()
    .subarray(12);
  return { algorithm, key: privateKey, keyring: Buffer.concat([packet(6, body), ...more]), id };
}

/** A self-signature that only says something: keyrings are trusted whole. */
const says = (type: number, ...subpackets: readonly Buffer[]): Buffer => {
  const hashed = Buffer.concat(subpackets);
  return packet(
    2,
    Buffer.concat([Buffer.from([4, type, 1, 8]), u16(hashed.length), hashed, u16(0), u16(0), mpi(Buffer.from([1]))]),
  );
};

function clearsigned(text: string, { algorithm, key, id }: Signer, hash = 8, lasts?: number): string {
  const hashed = Buffer.concat([
    subpacket(2, u32(made)),
    ...(lasts === undefined ? [] : [subpacket(3, u32(lasts))]),
    subpacket(16, id),
  ]);
  const head = Buffer.concat([Buffer.from([4, 1, algorithm, hash]), u16(hashed.length), hashed]);
  const canonical = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.replace(/[ \t]+$/, ""))
    .join("\r\n");
  const data = Buffer.concat([Buffer.from(canonical), head, Buffer.from([4, 0xff]), u32(head.length)]);
  const name = hash === 2 ? "sha1" : "sha256";
  const value =
    algorithm === 1
      ? mpi(sign(name, data, key))
      : Buffer.concat(
          ((s) => [mpi(s.subarray(0, 32)), mpi(s.subarray(32))])(
            sign(null, createHash(name).update(data).digest(), key),
          ),
        );
  const body = packet(2, Buffer.concat([head, u16(0), u16(0), value]));
  const escaped = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => (line.startsWith("-") ? `- ${line}` : line))
    .join("\n");
  return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${escaped}\n-----BEGIN PGP SIGNATURE-----\n\n${body.toString("base64")}\n-----END PGP SIGNATURE-----\n`;
}

const text = "Codename: bookworm \n- a line that begins with a dash\n-- another\nSHA256:\n 00 1 main/Packages\n";
const rsa = signer("rsa");
const ed25519 = signer("ed25519");
const check = (message: string, ...keyrings: readonly Buffer[]): string =>
  verifyClearsigned(
    message,
    keyrings.flatMap((ring) => readKeyring(ring)),
    "InRelease",
    now,
  );

describe.each([
  ["RSA", rsa],
  ["Ed25519", ed25519],
] as const)("%s", (_, one) => {
  test("gives the text that was signed, and no word that was put around it", () => {
    const message = clearsigned(text, one);
    expect(check(message, one.keyring)).toBe(text);
    expect(check(`${message}Codename: evil\n`, rsa.keyring, ed25519.keyring)).toBe(text);
    expect(() => check(`Codename: evil\n${message}`, one.keyring)).toThrow(PatchError);
  });

  test("takes no changed text, foreign key, weak hash, or signature that has run out", () => {
    const message = clearsigned(text, one);
    expect(() => check(message.replace("bookworm", "trixie"), one.keyring)).toThrow("does not hold");
    expect(() => check(message, signer("rsa").keyring)).toThrow("not in the keyring");
    expect(() => check(clearsigned(text, one, 2), one.keyring)).toThrow("weak hash");
    expect(() => check(clearsigned(text, one, 8, 10), one.keyring)).toThrow("run out");
  });

  test("takes no key that is revoked or has run out", () => {
    const message = clearsigned(text, one);
    expect(() => check(message, Buffer.concat([one.keyring, says(0x20)]))).toThrow("revoked");
    expect(() => check(message, Buffer.concat([one.keyring, says(0x13, subpacket(9, u32(1500)))]))).toThrow("run out");
    expect(check(message, Buffer.concat([one.keyring, says(0x13, subpacket(9, u32(1_000_000)))]))).toBe(text);
  });
});

test("whatever a mirror serves, it is text that was signed or a PatchError", () => {
  const message = clearsigned(text, ed25519);
  fc.assert(
    fc.property(fc.nat(message.length - 1), fc.string({ minLength: 0, maxLength: 3 }), fc.nat(4), (at, put, cut) => {
      const changed = message.slice(0, at) + put + message.slice(at + cut);
      try {
        // Blanks at the ends of lines are not signed (RFC 4880, 7.1).
        const bare = (one: string): string => one.replace(/[ \t\r]+$/gm, "");
        expect(bare(check(changed, ed25519.keyring))).toBe(bare(text));
      } catch (error) {
        expect(error).toBeInstanceOf(PatchError);
      }
    }),
    { numRuns: 500 },
  );
});

test("whatever a keyring holds, it is keys or a PatchError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readKeyring(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(PatchError);
      }
    }),
  );
});
