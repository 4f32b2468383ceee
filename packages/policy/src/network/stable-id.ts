import { createHash } from "node:crypto";

/** A name for what `text` describes: the same today and tomorrow, 17 characters, fit for nftables. */
export const stableId = (letter: string, text: string): string =>
  letter + createHash("sha256").update(text).digest("hex").slice(0, 16);
