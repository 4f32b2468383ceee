import { overlaps, parseCidr, type Range } from "../nft/addresses.ts";
import type { NetworkChoice } from "./plan.ts";

/** No free range was left in 10.0.0.0/8. */
export class NoFreeNetworkError extends Error {
  readonly code = "no-free-network";
  constructor() {
    super("no two free /16 in 10.0.0.0/8: remove routes that cover it, or choose the CIDRs in the configuration");
    this.name = "NoFreeNetworkError";
  }
}

/** CIDRs and addresses the host knows, from `ip -j route show table all` and `ip -j address`. Default routes do not count. */
export function usedRanges(routesJson: string, addressesJson: string): Range[] {
  const routes = JSON.parse(routesJson) as readonly { dst?: string }[];
  const links = JSON.parse(addressesJson) as readonly {
    addr_info?: readonly { local?: string; prefixlen?: number }[];
  }[];
  const texts = [
    ...routes.flatMap((r) => (r.dst === undefined || r.dst === "default" ? [] : [r.dst])),
    ...links.flatMap((l) => (l.addr_info ?? []).map((a) => `${a.local ?? ""}/${a.prefixlen ?? 32}`)),
  ];
  return texts.filter((text) => !text.includes(":")).flatMap((text) => parseCidr(text) ?? []);
}

/** Ranges of 10/8 in an order that begins away from what docker, k3s and home routers like. */
function* sixteens(start: number): Generator<string> {
  for (let i = 0; i < 256; i++) yield `10.${(start + i) % 256}.0.0/16`;
}

/** Free ranges for a new instance. Pure. */
export function chooseFrom(instance: string, used: readonly Range[]): NetworkChoice {
  const taken = [...used];
  const take = (candidates: Iterable<string>): string => {
    for (const cidr of candidates) {
      const range = parseCidr(cidr);
      if (range === undefined || taken.some((u) => overlaps(u, range))) continue;
      taken.push(range);
      return cidr;
    }
    throw new NoFreeNetworkError();
  };
  const podCidr = take(sixteens(201));
  const serviceCidr = take(sixteens(201));
  const links = function* (): Generator<string> {
    for (let i = 0; i < 32; i++) yield `192.168.255.${i * 8}/29`;
    for (const cidr of sixteens(201)) yield cidr.replace(".0.0/16", ".255.248/29");
  };
  return { instance, podCidr, serviceCidr, linkCidr: take(links()) };
}

/** An instance's ranges, kept since its first start, lie on another link now. */
export class NetworkTakenError extends Error {
  readonly code = "network-taken";
  constructor(taken: readonly string[]) {
    super(
      `the network of this instance is somebody else's by now (${taken.join(", ")}): take that away and start again, or reset this instance`,
    );
    this.name = "NetworkTakenError";
  }
}

/** Which of an instance's ranges lead to links that are not its own: `10.203.0.0/16 dev bhh-1234`. A wider route takes nothing. */
export function takenRanges(choice: NetworkChoice, ownLink: string, routesJson: string): readonly string[] {
  const routes = JSON.parse(routesJson) as readonly { dst?: string; dev?: string }[];
  const own = [choice.podCidr, choice.serviceCidr, choice.linkCidr].flatMap((cidr) => parseCidr(cidr) ?? []);
  return routes.flatMap(({ dst = "default", dev = "" }) => {
    const range = dst === "default" || dst.includes(":") || dev === ownLink ? undefined : parseCidr(dst);
    const inside = range !== undefined && own.some((o) => o.from <= range.from && range.to <= o.to);
    return inside ? [`${dst} dev ${dev}`] : [];
  });
}
