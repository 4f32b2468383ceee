import type { Exception } from "@bulkhead/api";
import { cidrCovers, formatCidr, parseCidr } from "../address/ip.ts";
import { exceptionRef } from "../exception/exceptions.ts";
import type { Because } from "../verdict.ts";
import type { Interned } from "./interned.ts";
import type { AllowEntry, Direction, PortMatch } from "./rule-set.ts";
import { parseTraffic } from "./traffic-value.ts";

/** What one Exception opens for its subject's pods in one direction. */
export interface Opening {
  readonly direction: Direction;
  readonly entry: AllowEntry;
}

/** Reads an active Exception of decider `network`; one without a value opens its direction wholly. */
export function compileException(exception: Exception, interned: Interned): Opening | Because {
  const object = exceptionRef(exception);
  const { rule, value } = exception.spec;
  const says = `Exception ${object.namespace}/${object.name}`;
  if (rule !== "ingress" && rule !== "egress") {
    return {
      object,
      field: "spec.rule",
      rule: "rule",
      says: `${says} names no rule of the network: ingress, egress or isolated`,
    };
  }
  const origin = { object, field: "spec" };
  if (value === undefined) return { direction: rule, entry: { peer: { kind: "any" }, ports: "any", origin } };
  const traffic = parseTraffic(value);
  if (traffic === undefined) {
    return {
      object,
      field: "spec.value",
      rule: "value",
      says: `${says} has a value that cannot be read and lifts nothing`,
      passing: "shop/deployment/db:5432/TCP",
    };
  }
  const { peer, protocol } = traffic;
  const range = traffic.ports ?? { from: 0, to: 65535 };
  const ports: "any" | PortMatch[] = protocol === undefined ? "any" : [{ kind: "range", protocol, ...range }];
  switch (peer.kind) {
    case "any":
      return { direction: rule, entry: { peer, ports, origin } };
    case "block":
      return {
        direction: rule,
        entry: { peer: { kind: "block", cidr: formatCidr(peer.cidr), except: [] }, ports, origin },
      };
    case "subject": {
      const set = interned.subject(peer.namespace, peer.subject);
      return { direction: rule, entry: { peer: { kind: "pods", set: set.id }, ports, origin } };
    }
  }
}

/** Whether an opening names addresses inside a closed block, and so opens that as well: never by a wider block. */
export function opensClosed(opening: Opening, closed: string): boolean {
  if (opening.direction !== "egress" || opening.entry.peer.kind !== "block") return false;
  const [outer, inner] = [parseCidr(closed), parseCidr(opening.entry.peer.cidr)];
  return outer !== undefined && inner !== undefined && cidrCovers(outer, inner);
}
