import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { PatchError } from "./patch-error.ts";

/** A packet of an OpenPGP stream (RFC 4880, 4.2). */
export interface OpenPgpPacket {
  readonly tag: number;
  readonly body: Buffer;
}

/** A key or subkey that may have signed a repository. */
export interface OpenPgpKey {
  /** The last eight bytes of its fingerprint, hexadecimal. */
  readonly id: string;
  readonly fingerprint: string;
  readonly key: KeyObject;
  /** Seconds since the epoch; 0: never. */
  expires: number;
  revoked: boolean;
}

const bad = (what: string): PatchError => new PatchError("malformed", `OpenPGP: ${what}`);

/** The packets of a stream, in its order. Throws PatchError `malformed`. */
export function openPgpPackets(bytes: Buffer): OpenPgpPacket[] {
  const packets: OpenPgpPacket[] = [];
  let at = 0;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw bad("a packet is cut off");
    return value;
  };
  while (at < bytes.length) {
    const head = byte();
    if ((head & 0x80) === 0) throw bad("no packet");
    let tag: number;
    let length: number;
    if ((head & 0x40) !== 0) {
      tag = head & 0x3f;
      const first = byte();
      if (first < 192) length = first;
      else if (first < 224) length = (first - 192) * 256 + byte() + 192;
      else if (first === 255) length = ((byte() * 256 + byte()) * 256 + byte()) * 256 + byte();
      else throw bad("a packet of unknown length");
    } else {
      tag = (head >> 2) & 0x0f;
      const kind = head & 3;
      if (kind === 3) throw bad("a packet of unknown length");
      length = 0;
      for (let i = 0; i < 1 << kind; i++) length = length * 256 + byte();
    }
    if (at + length > bytes.length) throw bad("a packet is cut off");
    packets.push({ tag, body: bytes.subarray(at, at + length) });
    at += length;
  }
  return packets;
}

/** A number of many bytes (RFC 4880, 3.2), and where the next begins. */
export function openPgpNumber(body: Buffer, at: number): { readonly value: Buffer; readonly next: number } {
  if (at + 2 > body.length) throw bad("a number is cut off");
  const length = (body.readUInt16BE(at) + 7) >> 3;
  if (at + 2 + length > body.length) throw bad("a number is cut off");
  return { value: body.subarray(at + 2, at + 2 + length), next: at + 2 + length };
}

const ed25519Oid = Buffer.from("092b06010401da470f01", "hex");

/** The public key in a packet; undefined for algorithms that no distribution signs with. */
function publicKeyOf(body: Buffer): KeyObject | undefined {
  const algorithm = body[5];
  if (algorithm === 1 || algorithm === 3) {
    const n = openPgpNumber(body, 6);
    const e = openPgpNumber(body, n.next);
    if (n.value.length < 256) return undefined;
    return createPublicKey({
      key: { kty: "RSA", n: n.value.toString("base64url"), e: e.value.toString("base64url") },
      format: "jwk",
    });
  }
  if (algorithm === 22 && body.subarray(6, 16).equals(ed25519Oid)) {
    const { value } = openPgpNumber(body, 16);
    if (value.length !== 33 || value[0] !== 0x40) return undefined;
    return createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: value.subarray(1).toString("base64url") },
      format: "jwk",
    });
  }
  return undefined;
}

/** Type and value of a signature's subpackets (RFC 4880, 5.2.3.1). */
export function* subpackets(area: Buffer): Generator<readonly [type: number, value: Buffer]> {
  for (let at = 0; at < area.length; ) {
    let length = area[at++] ?? 0;
    if (length === 255) {
      if (at + 4 > area.length) throw bad("a subpacket is cut off");
      length = area.readUInt32BE(at);
      at += 4;
    } else if (length >= 192) length = (length - 192) * 256 + (area[at++] ?? 0) + 192;
    if (length === 0 || at + length > area.length) throw bad("a subpacket is cut off");
    yield [(area[at] ?? 0) & 0x7f, area.subarray(at + 1, at + length)];
    at += length;
  }
}

/** Signature types by which a key speaks of itself or of its subkey. */
const selfSignatures = new Set([0x10, 0x11, 0x12, 0x13, 0x18, 0x1f]);
const revocations = new Set([0x20, 0x28]);

/**
 * The keys of a keyring file, as `gpg --export` writes it. The file is trusted whole: its self-signatures are read for
 * their dates and revocations, and not verified.
 */
export function readKeyring(bytes: Buffer): OpenPgpKey[] {
  const keys: OpenPgpKey[] = [];
  let current: OpenPgpKey | undefined;
  let created = 0;
  for (const { tag, body } of openPgpPackets(bytes)) {
    if (tag === 6 || tag === 14) {
      current = undefined;
      const key = body[0] === 4 && body.length > 6 ? publicKeyOf(body) : undefined;
      if (key === undefined) continue;
      created = body.readUInt32BE(1);
      const length = Buffer.from([0x99, body.length >> 8, body.length & 0xff]);
      const fingerprint = createHash("sha1").update(length).update(body).digest("hex");
      current = { id: fingerprint.slice(-16), fingerprint, key, expires: 0, revoked: false };
      keys.push(current);
    } else if (tag === 2 && current !== undefined && body[0] === 4 && body.length > 6) {
      const type = body[1] ?? 0;
      if (revocations.has(type)) current.revoked = true;
      if (!selfSignatures.has(type)) continue;
      const hashed = body.subarray(6, 6 + body.readUInt16BE(4));
      for (const [kind, value] of subpackets(hashed))
        if (kind === 9 && value.length === 4 && value.readUInt32BE(0) !== 0)
          current.expires = Math.max(current.expires, created + value.readUInt32BE(0));
    }
  }
  return keys;
}
