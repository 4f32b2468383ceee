import { createHash, verify as verifyBytes } from "node:crypto";
import { type OpenPgpKey, openPgpNumber, openPgpPackets, subpackets } from "./openpgp-keys.ts";
import { PatchError } from "./patch-error.ts";

const begin = "-----BEGIN PGP SIGNED MESSAGE-----\n";
const signatureBegin = "\n-----BEGIN PGP SIGNATURE-----\n";
const signatureEnd = "\n-----END PGP SIGNATURE-----";
/** RFC 4880, 9.4; nothing weaker than SHA-256. */
const hashes: Readonly<Record<number, string>> = { 8: "sha256", 9: "sha384", 10: "sha512" };

const bad = (what: string): PatchError => new PatchError("malformed", `clear-signed text: ${what}`);

/**
 * The text of a clear-signed message (RFC 4880, 7) that one of the keys has signed; nothing outside of its frame is looked
 * at. Throws PatchError `unverified` where no signature by any of these keys holds at the time given (milliseconds).
 */
export function verifyClearsigned(message: string, keys: readonly OpenPgpKey[], what: string, now: number): string {
  const plain = message.replaceAll("\r\n", "\n");
  if (!plain.startsWith(begin)) throw bad(`${what} does not begin as one`);
  const headers = plain.indexOf("\n\n", begin.length - 1);
  const end = plain.indexOf(signatureBegin, headers);
  const over = plain.indexOf(signatureEnd, end);
  if (headers < 0 || end < 0 || over < 0) throw bad(`${what} is cut off`);
  if (!/^(Hash: [A-Za-z0-9, -]+\n)*$/.test(plain.slice(begin.length, headers + 1)))
    throw bad(`${what} has headers of another kind`);
  const lines = plain
    .slice(headers + 2, Math.max(headers + 2, end))
    .split("\n")
    .map((line) => (line.startsWith("- ") ? line.slice(2) : line));
  const text = lines.join("\n");
  const signed = Buffer.from(lines.map((line) => line.replace(/[ \t\r]+$/, "")).join("\r\n"), "utf8");
  const armor = plain.slice(end + signatureBegin.length, over);
  const problems: string[] = [];
  for (const { tag, body } of openPgpPackets(dearmored(armor))) {
    if (tag !== 2) continue;
    const problem = signatureProblem(body, signed, keys, now);
    if (problem === undefined) return `${text}\n`;
    problems.push(problem);
  }
  throw new PatchError(
    "unverified",
    `${what}: no signature by a key of its keyring holds (${problems.join("; ") || "there is none"})`,
  );
}

function dearmored(armor: string): Buffer {
  const lines = armor.split("\n").map((line) => line.trim());
  const blank = lines.indexOf("");
  const body = lines.slice(blank < 0 ? 0 : blank + 1).filter((line) => line !== "" && !line.startsWith("="));
  return Buffer.from(body.join(""), "base64");
}

/** Why a signature does not count, or undefined where it holds. */
function signatureProblem(body: Buffer, signed: Buffer, keys: readonly OpenPgpKey[], now: number): string | undefined {
  if (body.length < 10 || body[0] !== 4) return "a signature of another version";
  // 0x00 binary, 0x01 text: both are over the lines with CR LF in between.
  if (body[1] !== 0 && body[1] !== 1) return "a signature of another kind";
  const hash = hashes[body[3] ?? 0];
  if (hash === undefined) return "a weak hash";
  const hashedEnd = 6 + body.readUInt16BE(4);
  if (hashedEnd + 2 > body.length) return "a signature that is cut off";
  const unhashedEnd = hashedEnd + 2 + body.readUInt16BE(hashedEnd);
  const dates = new Map<number, number>();
  const issuers = new Set<string>();
  for (const [type, value] of subpackets(body.subarray(6, hashedEnd))) {
    if ((type === 2 || type === 3) && value.length === 4) dates.set(type, value.readUInt32BE(0));
    if (type === 16) issuers.add(value.toString("hex"));
    if (type === 33) issuers.add(value.subarray(1).toString("hex").slice(-16));
  }
  // Whom it names outside of what is signed only says which key to try.
  for (const [type, value] of subpackets(body.subarray(hashedEnd + 2, unhashedEnd)))
    if (type === 16) issuers.add(value.toString("hex"));
  const seconds = now / 1000;
  const made = dates.get(2);
  if (made === undefined || made > seconds + 86_400) return "a signature without a date, or of the future";
  const lasts = dates.get(3);
  if (lasts !== undefined && lasts !== 0 && made + lasts < seconds) return "a signature that has run out";
  const trailer = Buffer.alloc(6);
  trailer[0] = 4;
  trailer[1] = 0xff;
  trailer.writeUInt32BE(hashedEnd, 2);
  const digested = Buffer.concat([signed, body.subarray(0, hashedEnd), trailer]);
  for (const key of keys) {
    if (!issuers.has(key.id)) continue;
    if (key.revoked) return `key ${key.id} is revoked`;
    if (key.expires !== 0 && key.expires < seconds) return `key ${key.id} has run out`;
    if (holds(body, unhashedEnd + 2, hash, digested, key)) return undefined;
    return `the signature by ${key.id} does not hold`;
  }
  return `signed by ${[...issuers].join(", ") || "nobody"}, who is not in the keyring`;
}

function holds(body: Buffer, at: number, hash: string, digested: Buffer, { key }: OpenPgpKey): boolean {
  const first = openPgpNumber(body, at);
  if (key.asymmetricKeyType === "rsa") {
    if (body[2] !== 1 && body[2] !== 3) return false;
    const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) >> 3;
    return verifyBytes(hash, digested, key, padded(first.value, size));
  }
  if (body[2] !== 22) return false;
  const second = openPgpNumber(body, first.next);
  const digest = createHash(hash).update(digested).digest();
  return verifyBytes(null, digest, key, Buffer.concat([padded(first.value, 32), padded(second.value, 32)]));
}

const padded = (value: Buffer, size: number): Buffer =>
  value.length >= size ? value : Buffer.concat([Buffer.alloc(size - value.length), value]);
