/** A look over the bytes of a body before anything parses them: how deep, how many keys. */

/** Deepest nesting that is parsed; encoding/json stops at 10,000, no Kubernetes object needs a hundred. */
export const maxDepth = 512;
/** Largest body that is parsed, as upstream's limit is. */
export const maxBodyBytes = 3 * 1024 * 1024;
/** Largest YAML body: its parser is some fifty times slower than JSON's. kubectl sends JSON, whatever it reads. */
export const maxYamlBytes = 128 * 1024;

export interface JsonScan {
  /** The deepest nesting seen; scanning stops where the limit is passed. */
  readonly depth: number;
  /** Colons outside of strings: as many as keys in a well-formed document, duplicates counted. */
  readonly colons: number;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Measures a JSON body without parsing it. Anything may be handed in: it need not be JSON. */
export function scanJson(bytes: Uint8Array, limit: number = maxDepth): JsonScan {
  let depth = 0;
  let deepest = 0;
  let colons = 0;
  const end = bytes.length;
  for (let i = 0; i < end; i++) {
    const byte = bytes[i];
    if (byte === quote) {
      for (i++; i < end; i++) {
        const inside = bytes[i];
        if (inside === quote) break;
        if (inside === backslash) i++;
      }
    } else if (byte === colon) colons++;
    else if (byte === openBrace || byte === openBracket) {
      if (++depth > deepest) {
        deepest = depth;
        if (deepest > limit) break;
      }
    } else if (byte === closeBrace || byte === closeBracket) depth--;
  }
  return { depth: deepest, colons };
}
