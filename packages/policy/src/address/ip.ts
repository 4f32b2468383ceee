/** An address as a number, for comparing; an IPv4 address mapped into IPv6 is the IPv4 address. */
export interface Ip {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface Cidr {
  readonly family: 4 | 6;
  /** The first address of the block. */
  readonly base: bigint;
  readonly bits: number;
}

const width = { 4: 32, 6: 128 } as const;

const parseIpv4 = (text: string): bigint | undefined => {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
};

const parseGroups = (text: string): bigint[] | undefined => {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes(".")) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === undefined) return undefined;
      groups.push(ipv4 >> 16n, ipv4 & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
};

const parseIpv6 = (text: string): bigint | undefined => {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "");
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  if (halves.length === 2 && (halves[0] ?? "").includes(".")) return undefined;
  return [...head, ...Array<bigint>(missing).fill(0n), ...tail].reduce((value, group) => (value << 16n) | group, 0n);
};

/** Reads an address strictly (no leading zeros, no zone, no port); undefined when it is none. */
export function parseIp(text: string): Ip | undefined {
  if (!text.includes(":")) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : { family: 4, value };
  }
  const value = parseIpv6(text);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffffffffn } : { family: 6, value };
}

/** RFC 5952 for IPv6, dotted for IPv4. */
export function formatIp(ip: Ip): string {
  if (ip.family === 4) return [24n, 16n, 8n, 0n].map((shift) => (ip.value >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((ip.value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === "0") end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  if (start < 0) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** The one way to write an address, or undefined when it is none. */
export function canonicalIp(text: string): string | undefined {
  if (ipv4.test(text)) return text;
  const ip = parseIp(text);
  return ip === undefined ? undefined : formatIp(ip);
}

/** Reads `ADDRESS/BITS`, or a bare address as a block of one; host bits are dropped. Undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", length, ...more] = text.split("/");
  const ip = parseIp(address);
  if (ip === undefined || more.length > 0) return undefined;
  const mapped = address.includes(":") && ip.family === 4;
  if (length === undefined) return { family: ip.family, base: ip.value, bits: width[ip.family] };
  if (!/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  const bits = Number(length) - (mapped ? 96 : 0);
  if (bits < 0 || bits > width[ip.family]) return undefined;
  const host = BigInt(width[ip.family] - bits);
  return { family: ip.family, base: (ip.value >> host) << host, bits };
}

export const formatCidr = (cidr: Cidr): string => `${formatIp({ family: cidr.family, value: cidr.base })}/${cidr.bits}`;

export const cidrHas = (cidr: Cidr, ip: Ip): boolean => {
  const host = BigInt(width[cidr.family] - cidr.bits);
  return cidr.family === ip.family && cidr.base >> host === ip.value >> host;
};

/** Whether every address of `inner` is one of `outer`. */
export const cidrCovers = (outer: Cidr, inner: Cidr): boolean =>
  outer.bits <= inner.bits && cidrHas(outer, { family: inner.family, value: inner.base });
