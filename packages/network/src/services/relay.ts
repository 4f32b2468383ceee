import dgram from "node:dgram";
import net from "node:net";
import type { Log } from "@bulkhead/api";
import { joinStreams } from "@bulkhead/client";
import type { ServicePort } from "./service-ports.ts";

export interface RelayOptions {
  /** Addresses of the host at which node ports are offered: loopback until the user says otherwise. */
  readonly listen: readonly string[];
  /** Where they go: the namespace's end of the link, where the packet filter serves them. */
  readonly target: string;
  /** Where they come from: for policies a relayed client is an outsider, never the node. */
  readonly source: string;
  readonly log: Log;
  /** Default: the node port itself. For tests that must not bind known ports. */
  readonly portOnHost?: (nodePort: number) => number;
}

/** Offers node ports on the host, over TCP and UDP. */
export interface NodePortRelay {
  /** The ports to offer from now on; others are closed to new connections, open ones go on. */
  update(ports: readonly ServicePort[]): void;
  /** Resolves when all that `update` asked for is open or failed; for each, the port it listens at or undefined. */
  settled(): Promise<ReadonlyMap<string, number | undefined>>;
  close(): Promise<void>;
}

interface Listener {
  /** Resolves with the port; undefined: it could not be opened. */
  readonly opened: Promise<number | undefined>;
  close(): void;
}

/** TCP connections, or UDP clients, of one port at once. */
const mostClients = 1_024;
/** A UDP client that says nothing for so long is forgotten. */
const udpIdleMs = 60_000;
/** A port that was taken by another program is tried again. */
const retryMs = 15_000;

function relayTcp(address: string, port: number, nodePort: number, options: RelayOptions): Listener {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = {
      host: options.target,
      port: nodePort,
      localAddress: options.source,
      allowHalfOpen: true,
      noDelay: true,
    };
    const inner = net.connect(target);
    for (const socket of [client, inner]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
    void joinStreams(client, inner);
  });
  server.maxConnections = mostClients;
  const opened = new Promise<number | undefined>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port, exclusive: true }, () => resolve((server.address() as net.AddressInfo).port));
  });
  return {
    opened,
    close: () => {
      server.close();
      for (const socket of sockets) socket.unref();
    },
  };
}

function relayUdp(address: string, port: number, nodePort: number, options: RelayOptions): Listener {
  const clients = new Map<string, { readonly socket: dgram.Socket; timer: NodeJS.Timeout }>();
  const server = dgram.createSocket(address.includes(":") ? "udp6" : "udp4");
  const forget = (key: string): void => {
    const client = clients.get(key);
    if (client === undefined) return;
    clients.delete(key);
    clearTimeout(client.timer);
    client.socket.close();
  };
  function clientOf(peer: dgram.RemoteInfo): dgram.Socket | undefined {
    const key = `${peer.address} ${peer.port}`;
    const known = clients.get(key);
    if (known !== undefined) {
      known.timer.refresh();
      return known.socket;
    }
    if (clients.size >= mostClients) return undefined;
    const socket = dgram.createSocket("udp4");
    clients.set(key, { socket, timer: setTimeout(() => forget(key), udpIdleMs).unref() });
    socket.on("error", () => forget(key));
    socket.on("message", (data) => server.send(data, peer.port, peer.address, () => {}));
    socket.bind(0, options.source);
    return socket;
  }
  server.on("message", (data, peer) => clientOf(peer)?.send(data, nodePort, options.target, () => {}));
  const opened = new Promise<number | undefined>((resolve, reject) => {
    server.once("error", reject);
    server.bind({ address, port, exclusive: true }, () => resolve(server.address().port));
  });
  return {
    opened,
    close: () => {
      for (const key of clients.keys()) forget(key);
      server.close();
    },
  };
}

export function createNodePortRelay(options: RelayOptions): NodePortRelay {
  const { log } = options;
  const open = new Map<string, Listener>();
  let wanted = new Map<string, () => Listener>();
  let retry: NodeJS.Timeout | undefined;

  function start(key: string, make: () => Listener): void {
    const listener = make();
    const opened = listener.opened.catch((error: unknown) => {
      open.delete(key);
      log.warn({ port: key, error: String(error), retryMs }, "a node port cannot be offered on the host");
      retry ??= setTimeout(() => {
        retry = undefined;
        reconcile();
      }, retryMs).unref();
      return undefined;
    });
    open.set(key, { opened, close: () => listener.close() });
  }

  function reconcile(): void {
    for (const [key, listener] of open) {
      if (wanted.has(key)) continue;
      open.delete(key);
      void listener.opened.then((port) => {
        if (port !== undefined) listener.close();
      });
    }
    for (const [key, make] of wanted) if (!open.has(key)) start(key, make);
  }

  return {
    update(ports) {
      wanted = new Map();
      for (const { nodePort, protocol } of ports) {
        if (nodePort === undefined || protocol === "SCTP") continue;
        for (const address of options.listen) {
          const port = options.portOnHost?.(nodePort) ?? nodePort;
          const relay = protocol === "TCP" ? relayTcp : relayUdp;
          wanted.set(`${protocol} ${address} ${nodePort}`, () => relay(address, port, nodePort, options));
        }
      }
      reconcile();
    },
    async settled() {
      const ports = new Map<string, number | undefined>();
      for (const [key, listener] of open) ports.set(key, await listener.opened);
      return ports;
    },
    async close() {
      clearTimeout(retry);
      wanted = new Map();
      const closing = [...open.values()];
      reconcile();
      await Promise.all(closing.map((listener) => listener.opened));
    },
  };
}
