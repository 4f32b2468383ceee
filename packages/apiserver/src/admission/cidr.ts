/** An IPv4 range by its first address and size. */
export interface AddressRange {
  readonly first: number;
  readonly size: number;
}

export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");

/** The address as a number, or undefined for anything but a plain IPv4 address. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

/** `10.96.0.0/16` as a range; throws for anything else: it is configuration. */
export function parseRange(cidr: string): AddressRange {
  const [text = "", bits = ""] = cidr.split("/");
  const address = parseAddress(text);
  const length = Number(bits);
  if (address === undefined || !/^\d{1,2}$/.test(bits) || length < 8 || length > 30)
    throw new RangeError(`${JSON.stringify(cidr)} is no IPv4 range of a size between /8 and /30`);
  const size = 2 ** (32 - length);
  return { first: address - (address % size), size };
}
