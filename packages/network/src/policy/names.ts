import type { Direction } from "@bulkhead/policy";
import type { Family } from "../nft/addresses.ts";

/** Names in our table that more than one file uses. The digit is the address family. */
export const tableName = "bulkhead";
/** NFLOG group of refused packets, inside our own network namespace. */
export const logGroup = 11;

export const chains = {
  refuse: "refuse",
  refuseQuietly: "refuse-quietly",
  closed: "closed",
  toLocal: "to-local",
  isolated: "isolated",
} as const;

export const policyChain = (direction: Direction, id: string): string => `${direction}-${id}`;
export const peerSet = (id: string, family: Family): string => `peers-${id}-${family}`;
export const namedPortSet = (id: string, family: Family): string => `ports-${id}-${family}`;
export const podsSet = (family: Family): string => `pods-${family}`;
export const selfSet = (family: Family): string => `self-${family}`;
export const nodeSet = (family: Family): string => `node-${family}`;
export const sourcesSet = (family: Family): string => `sources-${family}`;
export const egressMap = (family: Family): string => `egress-${family}`;
export const ingressMap = (family: Family): string => `ingress-${family}`;
/** Addresses of isolated pods, and where the node may still ask them. */
export const isolatedSet = (family: Family): string => `isolated-${family}`;
export const answeredSet = (family: Family): string => `answered-${family}`;
export const noisySet = (family: Family): string => `noisy-${family}`;
export const localSet = (family: Family): string => `local-${family}`;

/** What the decision of a refused packet is called in its log prefix, and read from it again. */
export type Refusal =
  | { readonly by: "egress" | "ingress"; readonly chain: string }
  | { readonly by: "closed"; readonly rule: string }
  | { readonly by: "spoof" | "no-service" | "unknown" | "local" | "isolated" };

export function printRefusal(refusal: Refusal): string {
  switch (refusal.by) {
    case "egress":
    case "ingress":
      return `bulkhead:${refusal.by}:${refusal.chain}`;
    case "closed":
      return `bulkhead:closed:${refusal.rule}`;
    case "spoof":
    case "no-service":
    case "unknown":
    case "local":
    case "isolated":
      return `bulkhead:${refusal.by}`;
  }
}

/** Undefined when the prefix is not one of ours. */
export function parseRefusal(prefix: string): Refusal | undefined {
  const [own, by, detail = ""] = prefix.split(":");
  if (own !== "bulkhead") return undefined;
  if (by === "egress" || by === "ingress") return { by, chain: detail };
  if (by === "closed") return { by, rule: detail };
  switch (by) {
    case "spoof":
    case "no-service":
    case "unknown":
    case "local":
    case "isolated":
      return { by };
    default:
      return undefined;
  }
}
