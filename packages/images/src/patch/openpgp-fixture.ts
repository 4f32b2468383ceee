import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** OpenPGP as tests need it, written apart from what reads it (RFC 4880). */

/** When everything is signed; seconds. */
export const made = 1_760_000_000;

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
export const u32 = (value: number): Buffer => Buffer.concat([u16(Math.floor(value / 65_536)), u16(value % 65_536)]);
const packet = (tag: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xc0 | tag, 255]), u32(body.length), body]);
function mpi(value: Buffer): Buffer {
  const start = value.findIndex((byte) => byte !== 0);
  const bytes = value.subarray(Math.max(0, start));
  return Buffer.concat([u16(bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24), bytes]);
}
export const subpacket = (type: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([value.length + 1, type]), value]);

export interface Signer {
  readonly algorithm: number;
  readonly key: KeyObject;
  readonly keyring: Buffer;
  readonly id: Buffer;
}

export function signer(kind: "rsa" | "ed25519", more: readonly Buffer[] = []): Signer {
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
export const says = (type: number, ...subpackets: readonly Buffer[]): Buffer => {
  const hashed = Buffer.concat(subpackets);
  return packet(
    2,
    Buffer.concat([Buffer.from([4, type, 1, 8]), u16(hashed.length), hashed, u16(0), u16(0), mpi(Buffer.from([1]))]),
  );
};

/** A clear-signed message, as a mirror serves one. */
export function clearsigned(text: string, { algorithm, key, id }: Signer, hash = 8, lasts?: number): string {
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
