import net from "node:net";
import type { Log } from "@bulkhead/api";
import { joinStreams } from "@bulkhead/client";
import { isClient } from "../dns/answer.ts";

export interface ForwardOptions {
  /** A listening socket handed over by the supervisor, or an address to listen at (tests). */
  readonly socket: { readonly fd: number } | { readonly host: string; readonly port: number };
  readonly target: { readonly host: string; readonly port: number };
  /** CIDRs of those who may come; others are turned away at once. */
  readonly clients: readonly string[];
  /** Connections at once: of everybody, and of one address, so that one pod cannot keep all others out. */
  readonly limits?: { readonly connections: number; readonly perClient: number; readonly idleMs: number };
  readonly log: Log;
}

export interface Forwarder {
  readonly port: number;
  close(): Promise<void>;
}

/** A large image's digest is computed in silence: minutes, not seconds. */
const usual = { connections: 64, perClient: 16, idleMs: 300_000 } as const;

/**
 * Forwards TCP bytes as they are: what is spoken (TLS, credentials) is between the client and the target. Bounded in
 * connections; bytes wait at the sender while the other end is slow.
 */
export async function startForwarder(options: ForwardOptions): Promise<Forwarder> {
  const { target, clients, limits = usual, log } = options;
  const open = new Map<string, number>();
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const address = client.remoteAddress?.replace(/^::ffff:/, "") ?? "";
    const before = open.get(address) ?? 0;
    if (!isClient(address, clients) || before >= limits.perClient) return void client.destroy();
    open.set(address, before + 1);
    sockets.add(client);
    client.once("close", () => {
      sockets.delete(client);
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    client.setTimeout(limits.idleMs, () => client.destroy());
    void joinStreams(client, net.connect({ ...target, allowHalfOpen: true, noDelay: true }));
  });
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.socket, resolve);
  });
  server.removeAllListeners("error");
  server.on("error", (error) => log.warn({ error: error.message, port: target.port }, "forwarding"));
  return {
    port: (server.address() as net.AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
