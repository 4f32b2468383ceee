import type { Log } from "@bulkhead/api";
import { hostResolvers } from "./resolv-conf.ts";
import { type DnsServer, type DnsServerOptions, startDnsServer } from "./server.ts";
import { followRecords } from "./source.ts";
import { createUpstream, type UpstreamServer } from "./upstream.ts";

export interface DnsOptions {
  /** Descriptors handed over by the supervisor, or an address to listen at (tests). */
  readonly sockets: DnsServerOptions["sockets"];
  /** The agent's Unix socket with the records. */
  readonly source: string;
  /** The machine's resolv.conf (default /etc/resolv.conf), or servers. */
  readonly upstream?: string | readonly UpstreamServer[];
  /** Default `cluster.local`. */
  readonly zone?: string;
  /** Pod and service CIDRs: reverse names of ours. */
  readonly cidrs: readonly string[];
  /** Who may ask: the pod CIDR and the link to the host. */
  readonly clients: readonly string[];
  /** Addresses at which we listen: never asked as upstream. */
  readonly own: readonly string[];
  /** Seconds; default 5. */
  readonly ttl?: number;
  readonly log: Log;
}

/** The DNS process: holds no key and no right, its sockets and records are handed to it. */
export async function startDns(options: DnsOptions): Promise<DnsServer> {
  const { log, upstream = "/etc/resolv.conf" } = options;
  const source = followRecords(options.source, log);
  const servers =
    typeof upstream === "string"
      ? hostResolvers(upstream, new Set(options.own))
      : (): readonly UpstreamServer[] => upstream;
  const server = await startDnsServer({
    sockets: options.sockets,
    authority: { zone: options.zone ?? "cluster.local", cidrs: options.cidrs, ttl: options.ttl ?? 5 },
    table: () => source.table(),
    upstream: createUpstream({ servers }),
    clients: options.clients,
    log,
  });
  return {
    port: server.port,
    close: async () => {
      source.close();
      await server.close();
    },
  };
}
