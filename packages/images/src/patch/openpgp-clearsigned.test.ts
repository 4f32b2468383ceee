import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verifyClearsigned } from "./openpgp-clearsigned.ts";
import { clearsigned, made, says, signer, subpacket, u32 } from "./openpgp-fixture.ts";
import { readKeyring } from "./openpgp-keys.ts";
import { PatchError } from "./patch-error.ts";

const now = (made + 1000) * 1000;
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
