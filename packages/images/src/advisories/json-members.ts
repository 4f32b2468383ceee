import { AdvisoryError } from "./advisory-error.ts";

/** Largest single member that is gathered; the largest of Debian's tracker (the kernel) has some six megabytes. */
const mostMemberBytes = 64 * 2 ** 20;
const mostDepth = 64;

export interface JsonMember {
  readonly key: string;
  /** The member's value, still JSON. */
  readonly bytes: Uint8Array;
}

/**
 * The members of one JSON object too large to parse whole, as its bytes stream by. Only structure is looked at here;
 * whoever takes a member parses it.
 */
export async function* jsonMembers(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<JsonMember> {
  const malformed = (): AdvisoryError => new AdvisoryError("malformed", `${name}: not one JSON object`);
  let depth = 0;
  let inString = false;
  let escaped = false;
  let key: string | undefined;
  let ended = false;
  /** Pieces of what is being gathered: a key's text, or a value. */
  let parts: Uint8Array[] = [];
  let gathered = 0;
  let gathering = false;
  const take = (): Buffer => {
    const whole = Buffer.concat(parts);
    parts = [];
    gathered = 0;
    gathering = false;
    return whole;
  };
  for await (const chunk of chunks) {
    let start = 0;
    const found: JsonMember[] = [];
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === 0x5c) escaped = true;
        else if (byte === 0x22) inString = false;
        continue;
      }
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      if (ended) throw malformed();
      if (depth === 0) {
        if (byte !== 0x7b) throw malformed();
        depth = 1;
        continue;
      }
      if (depth === 1 && !gathering && byte !== 0x2c && byte !== 0x7d && byte !== 0x3a) {
        gathering = true;
        start = i;
      }
      if (byte === 0x22) inString = true;
      else if (byte === 0x7b || byte === 0x5b) {
        if (++depth > mostDepth) throw new AdvisoryError("too-large", `${name}: nested deeper than ${mostDepth}`);
      } else if (byte === 0x7d || byte === 0x5d) {
        if (depth === 1 && byte === 0x5d) throw malformed();
        depth--;
      }
      const ends = (byte === 0x3a || byte === 0x2c) && depth === 1;
      if (!ends && !(depth === 0 && byte === 0x7d)) continue;
      if (gathering) {
        parts.push(chunk.subarray(start, i));
        const whole = take();
        if (key === undefined) {
          if (byte !== 0x3a) throw malformed();
          key = keyOf(whole) ?? "";
        } else {
          found.push({ key, bytes: whole });
          key = undefined;
        }
      } else if (byte === 0x3a || key !== undefined) throw malformed();
      if (depth === 0) ended = true;
    }
    if (gathering) {
      parts.push(Buffer.from(chunk.subarray(start)));
      gathered += chunk.length - start;
      if (gathered > mostMemberBytes) throw new AdvisoryError("too-large", `${name}: one member is too large`);
    }
    yield* found;
  }
  if (!ended) throw new AdvisoryError("malformed", `${name}: the document is cut off`);
}

function keyOf(bytes: Buffer): string | undefined {
  try {
    const key: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof key === "string" ? key : undefined;
  } catch {
    return undefined;
  }
}
