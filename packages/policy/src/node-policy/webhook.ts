import { type Cidr, cidrHas, parseCidr, parseIp } from "../address/ip.ts";

const blocks = (texts: readonly string[]): readonly Cidr[] => texts.flatMap((text) => parseCidr(text) ?? []);

/** Addresses that are nobody's in the world: loopback, link-local and metadata, private, translated, reserved, multicast. */
const inside = blocks([
  ..."0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24".split(" "),
  ..."192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4".split(" "),
  ..."::/127 ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/32 2001:db8::/32 2002::/16 fc00::/7 fe80::/10".split(
    " ",
  ),
  ..."fec0::/10 ff00::/8".split(" "),
]);

/**
 * Why a webhook that an object of the API names may not be at an address; undefined: it may. Inside it may be only where
 * the node's own policy names the block. `own`: the node's addresses, which are inside wherever they lie.
 */
export function webhookRefusal(
  address: string,
  named: readonly string[],
  own: readonly string[] = [],
): string | undefined {
  const ip = parseIp(address);
  if (ip === undefined) return `${address} is no address`;
  if (blocks(named).some((block) => cidrHas(block, ip))) return undefined;
  return [...inside, ...blocks(own)].some((block) => cidrHas(block, ip))
    ? `${address} is inside, and the node's policy names no block of webhooks that it is in`
    : undefined;
}
