import { type Cidr, formatCidr, parseCidr } from "../address/ip.ts";
import { formatSubject, parseSubject, type Subject } from "../exception/subject.ts";
import { type Protocol, protocols } from "./rule-set.ts";

/** The other end that a network Exception's value names. */
export type TrafficPeer =
  | { readonly kind: "any" }
  | { readonly kind: "subject"; readonly namespace: string; readonly subject: Subject }
  | { readonly kind: "block"; readonly cidr: Cidr };

/** What a network Exception lets pass: `shop/deployment/db:5432/TCP`, `10.0.0.0/8:8000-8100/UDP`, `[fd00::]/8:53/UDP`. */
export interface Traffic {
  readonly peer: TrafficPeer;
  /** Absent: every port. */
  readonly ports: { readonly from: number; readonly to: number } | undefined;
  /** Absent (`*`): every protocol, and then every port too. */
  readonly protocol: Protocol | undefined;
}

const name = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** `NS/KIND/NAME`, an address, a block, or `*`; undefined when it is none of them. */
export function parsePeer(text: string): TrafficPeer | undefined {
  if (text === "*") return { kind: "any" };
  const cidr = parseCidr(text.replace(/^\[([^\]]*)\]/, "$1"));
  if (cidr !== undefined) return { kind: "block", cidr };
  const [namespace = ""] = text.split("/", 1);
  const subject = parseSubject(text.slice(namespace.length + 1));
  return subject === undefined || !name.test(namespace) ? undefined : { kind: "subject", namespace, subject };
}

export function formatPeer(peer: TrafficPeer): string {
  switch (peer.kind) {
    case "any":
      return "*";
    case "subject":
      return `${peer.namespace}/${formatSubject(peer.subject)}`;
    case "block": {
      const text = formatCidr(peer.cidr).replace(
        peer.cidr.bits === (peer.cidr.family === 4 ? 32 : 128) ? /\/.*$/ : "",
        "",
      );
      return peer.cidr.family === 6 ? text.replace(/^[^/]*/, "[$&]") : text;
    }
  }
}

const portNumber = (text: string): number | undefined =>
  /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;

/** `80`, `8000-8100` or `*` (undefined ports); false when it is none of them. */
export function parsePorts(text: string): Traffic["ports"] | false {
  if (text === "*") return undefined;
  const [first = "", last = first, ...more] = text.split("-");
  const [from, to] = [portNumber(first), portNumber(last)];
  return from === undefined || to === undefined || from > to || more.length > 0 ? false : { from, to };
}

/** Reads a network Exception's value; undefined when it makes no sense (and then lifts nothing). */
export function parseTraffic(text: string): Traffic | undefined {
  const match = /^(?<peer>.+):(?<ports>[0-9*-]+)\/(?<protocol>[A-Z*]+)$/.exec(text)?.groups;
  if (match === undefined) return undefined;
  const peer = parsePeer(match["peer"] ?? "");
  const ports = parsePorts(match["ports"] ?? "");
  const protocol = protocols.find((p) => p === match["protocol"]);
  if (peer === undefined || ports === false) return undefined;
  if (protocol === undefined && (match["protocol"] !== "*" || ports !== undefined)) return undefined;
  return { peer, ports, protocol };
}

/** The one way to write it; `parseTraffic` reads it back. */
export function formatTraffic(traffic: Traffic): string {
  const { ports } = traffic;
  const range = ports === undefined ? "*" : ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`;
  return `${formatPeer(traffic.peer)}:${range}/${traffic.protocol ?? "*"}`;
}
