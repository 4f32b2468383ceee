/** A refused packet as the kernel logged it. */
export interface LoggedPacket {
  /** The log statement's prefix. */
  readonly prefix: string;
  /** Index of the interface it came in on; undefined: none. */
  readonly inInterface: number | undefined;
  readonly source: string;
  readonly destination: string;
  /** IP protocol number: 1 ICMP, 6 TCP, 17 UDP, 132 SCTP. */
  readonly protocol: number;
  /** Ports of TCP, UDP and SCTP. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
}

const fileHeader = 24;
const recordHeader = 16;
const littleEndianMagic = 0xa1b2c3d4;
const nflogLinkType = 239;
/** Attributes of an NFLOG record (linux/netfilter/nfnetlink_log.h). */
const attribute = { inInterface: 4, payload: 9, prefix: 10 } as const;
/** We ask for 160 bytes a packet; a stream that says more is not what we started. */
const longestRecord = 65_536;

const ipv6 = (bytes: Buffer): string => {
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return words.join(":").replace(/(^|:)0(:0)+(:|$)/, "::");
};

const portProtocols = new Set([6, 17, 132]);

function ports(payload: Buffer, at: number, protocol: number): Pick<LoggedPacket, "sourcePort" | "destinationPort"> {
  if (!portProtocols.has(protocol) || payload.length < at + 4)
    return { sourcePort: undefined, destinationPort: undefined };
  return { sourcePort: payload.readUInt16BE(at), destinationPort: payload.readUInt16BE(at + 2) };
}

function parseIp(payload: Buffer): Omit<LoggedPacket, "prefix" | "inInterface"> | undefined {
  const version = (payload[0] ?? 0) >> 4;
  if (version === 4 && payload.length >= 20) {
    const protocol = payload.readUInt8(9);
    const address = (at: number): string => [...payload.subarray(at, at + 4)].join(".");
    const first = (payload.readUInt16BE(6) & 0x1fff) === 0;
    const length = first ? (payload.readUInt8(0) & 0xf) * 4 : payload.length;
    return { source: address(12), destination: address(16), protocol, ...ports(payload, length, protocol) };
  }
  if (version === 6 && payload.length >= 40) {
    const protocol = payload.readUInt8(6);
    return {
      source: ipv6(payload.subarray(8, 24)),
      destination: ipv6(payload.subarray(24, 40)),
      protocol,
      ...ports(payload, 40, protocol),
    };
  }
  return undefined;
}

/** One NFLOG record; undefined when it is not whole or no IP. Its bytes come from a pod: nothing in them is trusted. */
export function parseNflog(record: Buffer): LoggedPacket | undefined {
  let prefix = "";
  let inInterface: number | undefined;
  let payload: Buffer | undefined;
  for (let at = 4; at + 4 <= record.length; ) {
    const length = record.readUInt16LE(at);
    const type = record.readUInt16LE(at + 2) & 0x7fff;
    if (length < 4 || at + length > record.length) break;
    const value = record.subarray(at + 4, at + length);
    if (type === attribute.prefix) prefix = value.toString("latin1").replace(/\0.*$/s, "");
    else if (type === attribute.inInterface && value.length === 4) inInterface = value.readUInt32BE(0);
    else if (type === attribute.payload) payload = value;
    at += (length + 3) & ~3;
  }
  const ip = payload === undefined ? undefined : parseIp(payload);
  return ip === undefined ? undefined : { prefix, inInterface, ...ip };
}

/** Reads a pcap stream in pieces. Throws when it is none of NFLOG: the stream is then of no use. */
export function pcapReader(onPacket: (packet: LoggedPacket) => void): (chunk: Buffer) => void {
  let received: Buffer = Buffer.alloc(0);
  let begun = false;
  return (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    if (!begun) {
      if (received.length < fileHeader) return;
      if (received.readUInt32LE(0) !== littleEndianMagic || received.readUInt32LE(20) !== nflogLinkType) {
        throw new Error("not a pcap stream of NFLOG");
      }
      begun = true;
      received = received.subarray(fileHeader);
    }
    while (received.length >= recordHeader) {
      const length = received.readUInt32LE(8);
      if (length > longestRecord) throw new Error("a pcap record is too long");
      if (received.length < recordHeader + length) return;
      const packet = parseNflog(received.subarray(recordHeader, recordHeader + length));
      received = received.subarray(recordHeader + length);
      if (packet !== undefined) onPacket(packet);
    }
  };
}
