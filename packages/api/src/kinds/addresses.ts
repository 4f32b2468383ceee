/** IP addresses and CIDRs in fields: strict parsing, as apimachinery's validation/ip.go has it from 1.36 on. */
import { isIPv6 } from "node:net";
import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";

export type AddressFamily = "IPv4" | "IPv6";

export interface Address {
  readonly family: AddressFamily;
  /** 4 or 16 bytes. */
  readonly bytes: readonly number[];
  /** The text had leading zeros, which some programs read as octal. */
  readonly leadingZeros: boolean;
  /** An IPv4 address in IPv6 clothes, `::ffff:10.0.0.1`. */
  readonly mapped: boolean;
}

export interface Cidr {
  readonly address: Address;
  readonly prefix: number;
  readonly leadingZeros: boolean;
}

function parseIPv4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^\d+$/.test(part) || Number(part) > 255)) return undefined;
  const leadingZeros = parts.some((part) => part.length > 1 && part.startsWith("0"));
  return { family: "IPv4", bytes: parts.map(Number), leadingZeros, mapped: false };
}

function parseIPv6(text: string): Address | undefined {
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted === null ? [] : (parseIPv4(dotted[2] ?? "")?.bytes ?? []);
  const [head = "", rest] = (dotted === null ? text : (dotted[1] ?? "").replace(/([^:]):$/, "$1")).split("::");
  const groups = (part: string | undefined): number[] =>
    (part ?? "")
      .split(":")
      .filter((group) => group !== "")
      .flatMap((group) => {
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });
  const front = groups(head);
  const back = [...groups(rest), ...tail];
  const zeros = Array.from({ length: Math.max(0, 16 - front.length - back.length) }, () => 0);
  const bytes = [...front, ...zeros, ...back];
  const mapped = bytes.slice(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return { family: "IPv6", bytes, leadingZeros: false, mapped };
}

/** An address in either family, or undefined. Leading zeros are taken and marked. */
export const parseAddress = (text: string): Address | undefined => parseIPv4(text) ?? parseIPv6(text);

/** `10.0.0.0/8`, or undefined. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^\d+$/.test(length)) return undefined;
  const prefix = Number(length);
  if (prefix > address.bytes.length * 8) return undefined;
  return { address, prefix, leadingZeros: address.leadingZeros || (length.length > 1 && length.startsWith("0")) };
}

const bit = (address: Address, index: number): number => ((address.bytes[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;

function hasHostBits(cidr: Cidr): boolean {
  for (let i = cidr.prefix; i < cidr.address.bytes.length * 8; i++) if (bit(cidr.address, i) === 1) return true;
  return false;
}

/** Whether an address lies in a CIDR. */
export function cidrContains(cidr: Cidr, address: Address): boolean {
  if (cidr.address.family !== address.family) return false;
  for (let i = 0; i < cidr.prefix; i++) if (bit(cidr.address, i) !== bit(address, i)) return false;
  return true;
}

/** What is wrong with an address. */
export function addressErrors(path: string, text: string): FieldError[] {
  const address = parseAddress(text);
  if (address === undefined) {
    return [field.invalid(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
  }
  if (address.leadingZeros) return [field.invalid(path, text, "must not have leading 0s")];
  if (address.mapped) return [field.invalid(path, text, "must not be an IPv4-mapped IPv6 address")];
  return [];
}

/** What is wrong with a CIDR. */
export function cidrErrors(path: string, text: string): FieldError[] {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    return [field.invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
  }
  if (cidr.leadingZeros) return [field.invalid(path, text, "must not have leading 0s in IP or prefix length")];
  if (cidr.address.mapped) return [field.invalid(path, text, "must not have an IPv4-mapped IPv6 address")];
  if (hasHostBits(cidr)) return [field.invalid(path, text, "must not have bits set beyond the prefix length")];
  return [];
}

/** Two CIDRs, one of each family. */
export function isDualStackPair(texts: readonly string[]): boolean {
  const families = new Set(texts.map((text) => parseCidr(text)?.address.family));
  return families.has("IPv4") && families.has("IPv6");
}

const startsWith = (address: Address, ...bytes: readonly number[]): boolean =>
  bytes.every((byte, index) => address.bytes[index] === byte);

/**
 * Addresses that no endpoint may have: they would make the cluster's own parts reach into the node or its cloud
 * (CVE-2021-25737).
 */
export function endpointAddressErrors(path: string, text: string): FieldError[] {
  const address = parseAddress(text);
  if (address === undefined) return [field.invalid(path, text, "must be a valid IP address")];
  const v4 = address.family === "IPv4" ? address.bytes : address.mapped ? address.bytes.slice(12) : undefined;
  const errors: FieldError[] = [];
  const zeros = (v4 ?? address.bytes).every((byte) => byte === 0);
  if (zeros) errors.push(field.invalid(path, text, `may not be unspecified (${text})`));
  const loopback =
    v4 === undefined ? address.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0)) : v4[0] === 127;
  if (loopback) errors.push(field.invalid(path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  const linkLocal =
    v4 === undefined
      ? startsWith(address, 0xfe) && ((address.bytes[1] ?? 0) & 0xc0) === 0x80
      : v4[0] === 169 && v4[1] === 254;
  if (linkLocal) {
    errors.push(field.invalid(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  }
  const multicast =
    v4 === undefined
      ? startsWith(address, 0xff) && ((address.bytes[1] ?? 0) & 0x0f) === 0x02
      : v4[0] === 224 && v4[1] === 0 && v4[2] === 0;
  if (multicast) {
    errors.push(field.invalid(path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
  }
  return errors;
}
