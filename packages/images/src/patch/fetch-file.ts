import { createHash } from "node:crypto";
import { unpacked } from "../compression/unpack.ts";
import { PatchError } from "./patch-error.ts";

/**
 * Gets a file from a repository, at most so many bytes. Throws PatchError `absent` where the mirror says that it is not
 * there, `unreachable`, and `limit`. What comes is checked by whoever asked.
 */
export type FetchFile = (url: string, limit: number) => Promise<Buffer>;

export const joinUrl = (base: string, path: string): string => `${base.replace(/\/+$/, "")}/${path}`;

/** Checks a file against what a verified index says of it. */
export function checkFile(bytes: Buffer, size: number | undefined, sha256: string, what: string): Buffer {
  const is = createHash("sha256").update(bytes).digest("hex");
  if (is !== sha256 || (size !== undefined && bytes.length !== size))
    throw new PatchError("unverified", `${what}: its bytes are not what the signed index names (SHA-256 ${is})`);
  return bytes;
}

const dictionary = 128 << 20;

/** Lines of a text that may be compressed. */
export async function* linesOf(bytes: Buffer, limit: number, what: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  async function* once(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  for await (const chunk of unpacked(once(), { bytes: limit, dictionary })) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > 4 << 20) throw new PatchError("limit", `${what}: a line is too long`);
    yield* lines;
  }
  if (rest !== "") yield rest;
}
