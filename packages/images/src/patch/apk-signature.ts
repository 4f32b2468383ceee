import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { firstMember } from "./gzip-member.ts";
import { PatchError } from "./patch-error.ts";
import { readTar } from "./read-tar.ts";

/** RSA keys that vouch for a repository, by the file's name: that is how a signature names its key. */
export type ApkKeys = ReadonlyMap<string, KeyObject>;

const hashes: Readonly<Record<string, string>> = { RSA: "RSA-SHA1", RSA256: "RSA-SHA256", RSA512: "RSA-SHA512" };
const bounds = { entries: 64, bytes: 1 << 20 };
const leastBits = 2048;

/** Keys that can be read and are RSA of 2048 bits or more; others vouch for nothing. */
export function readApkKeys(files: readonly { readonly name: string; readonly bytes: Buffer }[]): ApkKeys {
  const keys = new Map<string, KeyObject>();
  for (const { name, bytes } of files) {
    try {
      const key = createPublicKey(bytes);
      if (key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= leastBits)
        keys.set(name, key);
    } catch {
      // A file that is no key signs nothing.
    }
  }
  return keys;
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Where the signed bytes end: an index is signed whole, a package to the end of its control archive. */
export type SignedPart = (rest: Buffer) => Buffer;

/**
 * Takes the signature off the front of an index or package, and checks it against the keys. Answers what follows it.
 * Throws PatchError `unverified` where no key of ours has signed the bytes.
 */
export async function verifiedRest(bytes: Buffer, keys: ApkKeys, signed: SignedPart, what: string): Promise<Buffer> {
  const { plain, rest } = firstMember(bytes, bounds.bytes, what);
  const part = signed(rest);
  const named: string[] = [];
  for (const { entry, content } of await readTar(once(plain), bounds, what)) {
    const [, kind, name] = /^\.SIGN\.(RSA|RSA256|RSA512)\.(.+)$/.exec(entry.path) ?? [];
    if (kind === undefined || name === undefined) continue;
    named.push(name);
    const key = keys.get(name);
    if (key !== undefined && verify(hashes[kind], part, key, content)) return rest;
  }
  const unknown = named.filter((name) => !keys.has(name));
  throw new PatchError(
    "unverified",
    named.length === 0
      ? `${what}: it is not signed`
      : unknown.length === named.length
        ? `${what}: it is signed by ${unknown.join(", ")}, which is none of the keys that count`
        : `${what}: its signature does not hold`,
  );
}
