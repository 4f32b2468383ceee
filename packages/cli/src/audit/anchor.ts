import { readFile } from "node:fs/promises";
import type { Checkpoint } from "@bulkhead/audit";
import { CommandFailure } from "../exit-codes.ts";

/**
 * A signed checkpoint with the key that signed it, as `bulkhead audit checkpoint export` writes it. Kept elsewhere, it
 * proves later that nothing before it was changed, even by someone who has all of the machine.
 */
export interface Anchor {
  readonly format: "bulkhead-audit-anchor-1";
  readonly publicKey: string;
  readonly checkpoint: Checkpoint;
}

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length < 1000;

/** Reads an anchor's text. Throws CommandFailure, naming where it came from. */
export function parseAnchor(text: string, from: string): Anchor {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CommandFailure(`${from} is no anchor: no JSON`, 2, error);
  }
  const { format, publicKey, checkpoint } = (value ?? {}) as Partial<Anchor>;
  const { kind, instanceId, count, hash, time, keyId, signature } = (checkpoint ?? {}) as Partial<Checkpoint>;
  if (
    format !== "bulkhead-audit-anchor-1" ||
    !isText(publicKey) ||
    (kind !== "head" && kind !== "prune") ||
    !Number.isSafeInteger(count) ||
    ![instanceId, hash, time, keyId, signature].every(isText)
  )
    throw new CommandFailure(`${from} is no anchor: write one with bulkhead audit checkpoint export`);
  return value as Anchor;
}

export const readAnchor = async (file: string): Promise<Anchor> =>
  parseAnchor(
    await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new CommandFailure(error.code === "ENOENT" ? `there is no ${file}` : `${file}: ${error.message}`, 2, error);
    }),
    file,
  );
