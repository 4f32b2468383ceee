export type ListenedProtocol = "TCP" | "UDP";

/** A port that a process of a pod listens on, other than on loopback. */
export interface Listener {
  readonly protocol: ListenedProtocol;
  readonly port: number;
  readonly address: string;
}

/** The kernel's state of a socket that waits for whoever comes; of UDP, one that is tied to no other end. */
const listening: Readonly<Record<ListenedProtocol, string>> = { TCP: "0A", UDP: "07" };
const loopbacks: ReadonlySet<string> = new Set([
  "00000000000000000000000001000000",
  // 127.0.0.1 as IPv6 writes IPv4.
  "0000000000000000FFFF00000100007F",
]);

const isLoopback = (hex: string): boolean => loopbacks.has(hex) || (hex.length === 8 && hex.endsWith("7F"));

/** Each 32 bits are written with their bytes turned round. */
function addressOf(hex: string): string {
  const bytes = [...hex.matchAll(/.{8}/g)].flatMap(([word]) =>
    [...word.matchAll(/../g)].map(([byte]) => Number.parseInt(byte, 16)).toReversed(),
  );
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.every((byte) => byte === 0)) return "::";
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(":");
}

/** Reads `/proc/PID/net/tcp`, `udp` and theirs of IPv6: what is listened on in the network namespace of the process. */
export function listenersIn(table: string, protocol: ListenedProtocol): Listener[] {
  const found = new Map<number, Listener>();
  for (const line of table.split("\n").slice(1)) {
    const [, local, , state] = line.trim().split(/\s+/);
    if (state !== listening[protocol] || local === undefined) continue;
    const [address = "", port = ""] = local.split(":");
    if (!/^([0-9A-F]{8}){1,4}$/.test(address) || isLoopback(address)) continue;
    const number = Number.parseInt(port, 16);
    if (number > 0) found.set(number, { protocol, port: number, address: addressOf(address) });
  }
  return [...found.values()].sort((a, b) => a.port - b.port);
}
