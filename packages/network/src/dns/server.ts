import dgram from "node:dgram";
import net from "node:net";
import type { Log } from "@bulkhead/api";
import type { Answer } from "dns-packet";
import { type Authority, answerFromTable, isClient } from "./answer.ts";
import { encodeFault, encodeResponse, fit, parseQuery, type Query, type Response, reuse } from "./message.ts";
import type { RecordTable } from "./record-table.ts";
import type { Upstream } from "./upstream.ts";

export interface DnsServerOptions {
  /** Descriptors of sockets opened elsewhere (see `openSocketInNamespace`), or an address to open them at (tests). */
  readonly sockets:
    | { readonly udpFd: number; readonly tcpFd: number }
    | { readonly address: string; readonly port: number };
  readonly authority: Authority;
  /** Undefined until the first records came: then every name of ours gets SERVFAIL, so that nobody keeps a "no". */
  readonly table: () => RecordTable | undefined;
  readonly upstream: Upstream;
  /** CIDRs of those who may ask; others get no answer. */
  readonly clients: readonly string[];
  readonly log: Log;
}

export interface DnsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** TCP: connections at once, time without a whole query, queries of a connection under way. */
const tcpLimits = { connections: 128, idleMs: 10_000, pipelined: 32, longestQuery: 1_024 } as const;

const failure: Response = { rcode: "SERVFAIL", authoritative: false, answers: [], authorities: [] };

/** What is passed on of an upstream's answer to an alias' target; records of types we do not print are left out. */
function passOn(
  records: readonly { readonly type: string; readonly name: string; readonly ttl?: number; readonly data?: unknown }[],
): Answer[] {
  return records.flatMap((r) => {
    const { type, name, ttl = 0, data } = r;
    const known = type === "A" || type === "AAAA" || type === "CNAME";
    return known && typeof data === "string" ? [{ type, name, ttl, data }] : [];
  });
}

function encodeName(name: string): Buffer {
  const labels = name.split(".").flatMap((label) => {
    const bytes = Buffer.from(label, "latin1");
    return [Buffer.from([bytes.length]), bytes];
  });
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** Answers one message; undefined: says nothing. Exported for tests without sockets. */
export function createResponder(
  options: Pick<DnsServerOptions, "authority" | "table" | "upstream">,
): (message: Buffer, transport: "udp" | "tcp") => Promise<Buffer | undefined> {
  let turn = 0;

  async function chase(query: Query, answers: readonly Answer[], target: string): Promise<Response> {
    const question = Buffer.concat([encodeName(target), query.question.subarray(-4)]);
    const rest = await options.upstream.ask({ ...query, name: target, question });
    if (rest === undefined) return failure;
    return {
      rcode: "NOERROR",
      authoritative: false,
      answers: [...answers, ...passOn(rest.decoded.answers)],
      authorities: [],
    };
  }

  async function respond(query: Query): Promise<Buffer> {
    const table = options.table();
    const empty = { find: () => undefined, apply() {}, size: 0 };
    const answered = answerFromTable(table ?? empty, options.authority, query, turn++);
    switch (answered.kind) {
      case "answer":
        return encodeResponse(
          query,
          table === undefined && answered.response.rcode !== "REFUSED" ? failure : answered.response,
        );
      case "chase":
        return encodeResponse(query, await chase(query, answered.answers, answered.target));
      case "forward": {
        const answer = query.recursionDesired ? await options.upstream.ask(query) : undefined;
        if (answer !== undefined) return reuse(answer.bytes, query);
        return encodeResponse(query, query.recursionDesired ? failure : { ...failure, rcode: "REFUSED" });
      }
    }
  }

  return async (message, transport) => {
    const parsed = parseQuery(message);
    switch (parsed.kind) {
      case "noise":
        return undefined;
      case "fault":
        return encodeFault(parsed.id, parsed.rcode);
      case "query":
        return fit(parsed.query, await respond(parsed.query), transport);
    }
  };
}

function serveTcp(
  socket: net.Socket,
  respond: (message: Buffer, transport: "udp" | "tcp") => Promise<Buffer | undefined>,
): void {
  let received = Buffer.alloc(0);
  let underWay = 0;
  socket.setTimeout(tcpLimits.idleMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2) {
      const length = received.readUInt16BE(0);
      if (length > tcpLimits.longestQuery || underWay >= tcpLimits.pipelined) return socket.destroy();
      if (received.length < length + 2) return;
      const message = received.subarray(2, length + 2);
      received = received.subarray(length + 2);
      underWay++;
      void respond(message, "tcp").then(
        (response) => {
          underWay--;
          if (response === undefined || socket.destroyed) return socket.destroy();
          const prefix = Buffer.alloc(2);
          prefix.writeUInt16BE(response.length);
          socket.write(Buffer.concat([prefix, response]));
        },
        () => socket.destroy(),
      );
    }
  });
}

/** Serves DNS over UDP and TCP. Resolves when both sockets are open. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const { sockets, log, clients } = options;
  const respond = createResponder(options);
  const udp = dgram.createSocket("udp4");
  udp.on("message", (message, peer) => {
    if (!isClient(peer.address, clients)) return;
    respond(message, "udp").then(
      (response) => {
        if (response !== undefined) udp.send(response, peer.port, peer.address, () => {});
      },
      (error: unknown) => log.error({ error: String(error) }, "a DNS query could not be answered"),
    );
  });
  const connections = new Set<net.Socket>();
  const tcp = net.createServer((socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
    const address = socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
    if (!isClient(address, clients)) return socket.destroy();
    serveTcp(socket, respond);
  });
  tcp.maxConnections = tcpLimits.connections;
  await new Promise<void>((resolve, reject) => {
    udp.once("error", reject);
    if ("udpFd" in sockets) udp.bind({ fd: sockets.udpFd }, resolve);
    else udp.bind(sockets.port, sockets.address, resolve);
  });
  udp.removeAllListeners("error");
  // An ICMP error about a client that went away must not end the server.
  udp.on("error", (error) => log.warn({ error: error.message }, "DNS over UDP"));
  const port = udp.address().port;
  await new Promise<void>((resolve, reject) => {
    tcp.once("error", reject);
    if ("tcpFd" in sockets) tcp.listen({ fd: sockets.tcpFd }, resolve);
    else tcp.listen(port, sockets.address, resolve);
  });
  return {
    port,
    close: async () => {
      udp.close();
      for (const socket of connections) socket.destroy();
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}
