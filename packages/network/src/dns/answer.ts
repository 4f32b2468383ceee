import type { Answer } from "dns-packet";
import { parseAddress, parseCidr } from "../nft/addresses.ts";
import type { Query, Response } from "./message.ts";
import type { RecordTable } from "./record-table.ts";
import type { RecordData } from "./records.ts";

export interface Authority {
  /** `cluster.local`. */
  readonly zone: string;
  /** Pod and service CIDRs: their reverse names are ours. */
  readonly cidrs: readonly string[];
  /** Seconds; CoreDNS uses 30, Kubernetes' own default is 5. Default 5: a Service's backends change. */
  readonly ttl: number;
}

export type Answered =
  | { readonly kind: "answer"; readonly response: Response }
  /** Ours ends in a name of the outside: the rest must be asked upstream. */
  | { readonly kind: "chase"; readonly answers: readonly Answer[]; readonly target: string }
  /** Not ours. */
  | { readonly kind: "forward" };

type AliasData = Extract<RecordData, { readonly type: "CNAME" | "PTR" }>;

const longestChain = 8;

function isOurReverse(name: string, cidrs: readonly string[]): boolean {
  const octets = /^((?:\d{1,3}\.){1,4})in-addr\.arpa$/.exec(name)?.[1];
  if (octets === undefined) return false;
  const parts = octets.slice(0, -1).split(".").reverse();
  // A part of an address stands for all that begin with it: ours only if all of them are.
  const prefix = `${[...parts, "0", "0", "0"].slice(0, 4).join(".")}/${parts.length * 8}`;
  const range = parseCidr(prefix);
  if (range === undefined) return false;
  return cidrs.some((cidr) => {
    const own = parseCidr(cidr);
    return own !== undefined && own.from <= range.from && range.to <= own.to;
  });
}

/** Whether `name` is `zone` or below it. */
export const isBelow = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);

function printed(name: string, record: RecordData, ttl: number): Answer {
  switch (record.type) {
    case "A":
    case "AAAA":
      return { type: record.type, name, ttl, data: record.address };
    case "CNAME":
    case "PTR":
      return { type: record.type, name, ttl, data: record.target };
    case "SRV":
      return { type: "SRV", name, ttl, data: { priority: 0, weight: 100, port: record.port, target: record.target } };
    case "TXT":
      return { type: "TXT", name, ttl, data: record.text };
  }
}

/** The zone's SOA: how long a refusal of a name may be kept. */
function soa(authority: Authority, name: string): Answer {
  return {
    type: "SOA",
    name,
    ttl: authority.ttl,
    data: {
      mname: `ns.dns.${authority.zone}`,
      rname: `hostmaster.${authority.zone}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: authority.ttl,
    },
  };
}

/** Answers in another order each time, so that clients that take the first spread themselves. */
function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

/**
 * Answers from the cluster's names. Pure, but for `turn`, a number that rotates equal answers. A name that does not exist
 * gets NXDOMAIN, one without the asked type NODATA, both with the SOA, so that resolvers go on with their search list.
 */
export function answerFromTable(table: RecordTable, authority: Authority, query: Query, turn: number): Answered {
  const reverse = isOurReverse(query.name, authority.cidrs);
  const own = reverse || isBelow(query.name, authority.zone);
  if (query.type === "AXFR" || query.type === "IXFR" || query.type === "ANY") {
    return answer("REFUSED", [], []);
  }
  if (!own) return { kind: "forward" };
  const apex = reverse ? query.name : authority.zone;
  if (query.name === authority.zone && query.type === "SOA") return answer("NOERROR", [soa(authority, apex)], []);

  const answers: Answer[] = [];
  let name = query.name;
  for (let hop = 0; hop < longestChain; hop++) {
    const records = name === authority.zone ? (table.find(name) ?? []) : table.find(name);
    if (records === undefined) return answer(hop === 0 ? "NXDOMAIN" : "NOERROR", answers, [soa(authority, apex)]);
    const asked = rotated(
      records.filter((r) => r.type === query.type),
      turn,
    );
    answers.push(...asked.map((r) => printed(name, r, authority.ttl)));
    const alias = records.find((r): r is AliasData => r.type === "CNAME");
    if (asked.length > 0 || alias === undefined) break;
    answers.push(printed(name, alias, authority.ttl));
    if (!isBelow(alias.target, authority.zone)) return { kind: "chase", answers, target: alias.target };
    name = alias.target;
  }
  return answer("NOERROR", answers, answers.length === 0 ? [soa(authority, apex)] : []);
}

function answer(rcode: Response["rcode"], answers: readonly Answer[], authorities: readonly Answer[]): Answered {
  return { kind: "answer", response: { rcode, authoritative: rcode !== "REFUSED", answers, authorities } };
}

/** Whether a client may ask: an address in one of the CIDRs. */
export function isClient(address: string, cidrs: readonly string[]): boolean {
  const value = parseAddress(address);
  if (value === undefined) return false;
  return cidrs.some((cidr) => {
    const range = parseCidr(cidr);
    return (
      range !== undefined && cidr.includes(":") === address.includes(":") && range.from <= value && value <= range.to
    );
  });
}
