/** Names and identities that a server makes. Randomness is handed in, so that these stay pure. */

/** Letters and digits without vowels and look-alikes, as apimachinery's rand package draws from. */
export const nameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** Longest name that generateName makes; the prefix is cut to leave room for five characters. */
const maxGeneratedName = 63;

/** Five characters of the alphabet from five random bytes or more. Bytes beyond a multiple of 27 are drawn past. */
export function nameSuffix(random: Uint8Array, length = 5): string {
  let out = "";
  for (const byte of random) {
    if (out.length === length) break;
    if (byte < 243) out += nameAlphabet[byte % 27];
  }
  // Only reached when almost all bytes were above the limit; a slight bias is better than a short name.
  for (let i = 0; out.length < length; i++) out += nameAlphabet[(random[i % random.length] ?? 0) % 27];
  return out;
}

/** `base` cut to 58 characters, and the suffix. */
export const generatedName = (base: string, suffix: string): string =>
  `${base.slice(0, maxGeneratedName - suffix.length)}${suffix}`;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a string is a UID as servers make them (a lower case UUID). */
export const isUid = (text: string): boolean => uuid.test(text);
