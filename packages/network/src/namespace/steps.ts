import type { NetworkLayout } from "./plan.ts";

/** What stands on the machine of the instance's network. */
export interface NetworkFactsSeen {
  readonly netns: boolean;
  /** Host's end of the link, as `ip -j address` on the host tells; undefined: there is none. */
  readonly hostLink: LinkSeen | undefined;
  readonly innerLink: LinkSeen | undefined;
  readonly loopback: LinkSeen | undefined;
  /** `DST via GATEWAY` on the host and inside. */
  readonly hostRoutes: readonly string[];
  readonly innerRoutes: readonly string[];
  /** Values of the sysctls we care about, inside and on the host; absent: unreadable. */
  readonly innerSysctls: Readonly<Record<string, string>>;
  readonly hostSysctls: Readonly<Record<string, string>>;
  /** Whether our table on the host is as wanted. */
  readonly hostTableStands: boolean;
  /** Of the smallest way out; undefined: there is none. */
  readonly outMtu: number | undefined;
}

export interface LinkSeen {
  readonly up: boolean;
  readonly mtu: number;
  readonly addresses: readonly string[];
}

/** One thing to do, as data. `inside`: in the instance's namespace. */
export type NetworkStep =
  | { readonly kind: "add-netns" }
  | { readonly kind: "add-link" }
  | { readonly kind: "remove-stale-link" }
  | { readonly kind: "add-address"; readonly inside: boolean; readonly link: string; readonly address: string }
  | { readonly kind: "link-up"; readonly inside: boolean; readonly link: string }
  | { readonly kind: "set-mtu"; readonly inside: boolean; readonly link: string; readonly mtu: number }
  | {
      readonly kind: "replace-route";
      readonly inside: boolean;
      readonly destination: string;
      readonly via: string;
      readonly source?: string;
    }
  | { readonly kind: "set-sysctl"; readonly inside: boolean; readonly name: string; readonly value: string }
  | { readonly kind: "replace-host-table" };

/** Kernel settings of the namespace: routes between pods, believes no sender it cannot answer, never routes loopback. */
export const innerSysctls: Readonly<Record<string, string>> = {
  "net.ipv4.ip_forward": "1",
  "net.ipv4.conf.all.route_localnet": "0",
  "net.ipv4.conf.default.route_localnet": "0",
  // Strict on the pods' links: a link is the only way to its pod. The uplink takes the rest, so it is loose by default route.
  "net.ipv4.conf.all.rp_filter": "1",
  "net.ipv4.conf.default.rp_filter": "1",
  "net.ipv4.conf.all.accept_redirects": "0",
  "net.ipv4.conf.default.accept_redirects": "0",
  "net.ipv4.conf.all.send_redirects": "0",
  "net.ipv4.conf.default.send_redirects": "0",
  "net.ipv4.conf.all.accept_source_route": "0",
  "net.ipv4.conf.default.accept_source_route": "0",
  // A refused packet is answered each time, not once a second: the pods themselves are the only ones to hear it.
  "net.ipv4.icmp_ratelimit": "0",
  "net.ipv6.conf.all.forwarding": "1",
  "net.ipv6.conf.default.accept_ra": "0",
};

/** On the host only the link and the ways out forward, so that a machine that was no router does not become one everywhere. */
export const hostSysctlsOf = (
  layout: NetworkLayout,
  outInterfaces: readonly string[],
): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(outInterfaces.map((name) => [`net.ipv4.conf.${name.replaceAll(".", "/")}.forwarding`, "1"])),
  [`net.ipv4.conf.${layout.hostInterface}.forwarding`]: "1",
  [`net.ipv4.conf.${layout.hostInterface}.rp_filter`]: "1",
  [`net.ipv4.conf.${layout.hostInterface}.accept_redirects`]: "0",
});

/** What a new veth has. */
const linkMtu = 1_500;

const route = (destination: string, via: string): string => `${destination} via ${via}`;

/** The steps from what is to what the layout says; empty when all stands. Pure. */
export function planNetwork(
  layout: NetworkLayout,
  seen: NetworkFactsSeen,
  hostSysctls: Readonly<Record<string, string>>,
): NetworkStep[] {
  const steps: NetworkStep[] = [];
  const { hostInterface, uplink, linkPrefix } = layout;
  if (!seen.netns) steps.push({ kind: "add-netns" });
  const linked = seen.netns && seen.hostLink !== undefined && seen.innerLink !== undefined;
  if (!linked) {
    if (seen.hostLink !== undefined || seen.innerLink !== undefined) steps.push({ kind: "remove-stale-link" });
    steps.push({ kind: "add-link" });
  }

  const sysctls = (
    inside: boolean,
    want: Readonly<Record<string, string>>,
    have: Readonly<Record<string, string>>,
  ): void => {
    for (const [name, value] of Object.entries(want)) {
      if (have[name] !== value) steps.push({ kind: "set-sysctl", inside, name, value });
    }
  };
  // Before any link is up, so that no packet passes under other settings.
  sysctls(true, innerSysctls, seen.netns ? seen.innerSysctls : {});

  const addresses = (inside: boolean, link: string, have: LinkSeen | undefined, want: readonly string[]): void => {
    for (const address of want) {
      if (!have?.addresses.includes(address)) steps.push({ kind: "add-address", inside, link, address });
    }
    if (have?.up !== true) steps.push({ kind: "link-up", inside, link });
  };
  const inner = linked ? seen.innerLink : undefined;
  const host = linked ? seen.hostLink : undefined;
  // The gateway stands on every pod's link too, but must be there to listen at before the first pod is.
  const own = [layout.apiAddress, layout.dnsAddress, layout.gatewayAddress].map((address) => `${address}/32`);
  addresses(true, "lo", seen.netns ? seen.loopback : undefined, own);
  // No larger than the way out, so that nobody depends on "fragmentation needed" finding its way back.
  const mtu = seen.outMtu ?? linkMtu;
  if ((inner?.mtu ?? linkMtu) !== mtu) steps.push({ kind: "set-mtu", inside: true, link: uplink, mtu });
  if ((host?.mtu ?? linkMtu) !== mtu) steps.push({ kind: "set-mtu", inside: false, link: hostInterface, mtu });
  addresses(true, uplink, inner, [`${layout.innerAddress}/${linkPrefix}`]);
  addresses(false, hostInterface, host, [
    `${layout.nodeAddress}/${linkPrefix}`,
    `${layout.relayAddress}/${linkPrefix}`,
  ]);
  if (!linked || !seen.innerRoutes.includes(route("default", layout.nodeAddress))) {
    steps.push({ kind: "replace-route", inside: true, destination: "default", via: layout.nodeAddress });
  }
  sysctls(false, hostSysctls, linked ? seen.hostSysctls : {});
  // The table guards the pod network from the machine's neighbours, so it stands before the routes that open it.
  if (!seen.hostTableStands) steps.push({ kind: "replace-host-table" });
  for (const cidr of [layout.podCidr, layout.serviceCidr]) {
    if (!linked || !seen.hostRoutes.includes(route(cidr, layout.innerAddress))) {
      steps.push({
        kind: "replace-route",
        inside: false,
        destination: cidr,
        via: layout.innerAddress,
        source: layout.nodeAddress,
      });
    }
  }
  return steps;
}
