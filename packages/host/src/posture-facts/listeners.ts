import type { SeenListener } from "@bulkhead/api";

/** A socket that listens, with the inode by which its program is found. */
export interface ListeningSocket extends SeenListener {
  readonly inode: string;
}

/** `0100007F` → `127.0.0.1`; thirty-two digits → an IPv6 address. The kernel writes words in the machine's order. */
export function addressFrom(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) =>
    (word.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join(".");
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const text = groups.map((group) => group.toString(16)).join(":");
  return text.replace(/(^|:)0(:0)+(:|$)/, "::");
}

/** TCP sockets that listen, of /proc/net/tcp and /proc/net/tcp6. */
export function listenersFrom(tables: readonly string[]): readonly ListeningSocket[] {
  return tables.flatMap((table) =>
    table.split("\n").flatMap((line): ListeningSocket[] => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      if (state !== "0A") return [];
      const colon = local.lastIndexOf(":");
      const address = addressFrom(local.slice(0, colon));
      return [{ protocol: "tcp", address, port: Number.parseInt(local.slice(colon + 1), 16), inode }];
    }),
  );
}

/** Whether only this machine reaches an address. */
export const isLoopback = (address: string): boolean => address.startsWith("127.") || address === "::1";
