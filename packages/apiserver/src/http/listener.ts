import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from "node:http";
import {
  constants,
  createServer as createHttp2,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, ListenOptions, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTls, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import type { Exchange, ExchangeHandler, Peer, UpgradeHandler } from "./exchange.ts";
import type { HttpLimits } from "./limits.ts";
import { peerOf } from "./peer.ts";

/** PEM texts. `clientCa` alone is asked about client certificates. */
export interface ServingCertificates {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

/** Where to listen: an address, or a listening socket that someone else opened and handed over. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly fd: number };

export interface Listener {
  /** Resolves with the address once connections are taken. May be called for several addresses. */
  listen(address: ListenAddress): Promise<AddressInfo>;
  /** New connections get the new certificates; those that stand go on. */
  renew(certificates: ServingCertificates): void;
  /** Takes no more connections, lets requests end for `grace` milliseconds, then cuts. */
  close(grace: number): Promise<void>;
}

const tlsOptions = (certificates: ServingCertificates): SecureContextOptions => ({
  cert: certificates.cert,
  key: certificates.key,
  ...(certificates.clientCa === undefined ? {} : { ca: certificates.clientCa }),
  minVersion: "TLSv1.2",
});

/**
 * One TLS front for HTTP/2 and HTTP/1.1 (ALPN decides), so that both protocols have their own server and neither pays
 * for the other. Client certificates are asked for, never demanded: the authenticators decide.
 */
export function createListener(options: {
  readonly certificates: ServingCertificates;
  readonly limits: HttpLimits;
  readonly onExchange: ExchangeHandler;
  readonly onUpgrade: UpgradeHandler;
}): Listener {
  const { limits } = options;
  const fronts: Server[] = [];
  /** Every connection, from before its handshake: a close must not wait for one that finishes it afterwards. */
  const connections = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const peers = new WeakMap<object, Peer>();
  let certificates = options.certificates;
  let closing = false;

  const http2 = createHttp2({
    settings: { maxConcurrentStreams: limits.maxConcurrentStreams, enablePush: false, initialWindowSize: 1024 * 1024 },
    maxSessionMemory: 32,
    maxHeaderListPairs: 128,
    peerMaxConcurrentStreams: 10,
  });
  const http1 = createHttp1({
    maxHeaderSize: 64 * 1024,
    headersTimeout: Math.min(limits.handshakeDeadline, limits.bodyDeadline),
    requestTimeout: limits.bodyDeadline,
    keepAliveTimeout: limits.sessionIdle,
    connectionsCheckingInterval: 5_000,
  });
  // It is handed its connections and never listens, yet only this starts the watch over the deadlines above.
  http1.emit("listening");
  http1.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (closing) response.setHeader("connection", "close");
    options.onExchange(http1Exchange(request, response, peers.get(request.socket) ?? nobody));
  });
  http1.on("upgrade", (request: IncomingMessage, socket: Duplex, behind: Buffer) => {
    options.onUpgrade({
      method: request.method ?? "GET",
      url: request.url ?? "/",
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      peer: peers.get(request.socket) ?? nobody,
      socket,
      behind,
    });
  });
  http1.on("clientError", (_error: Error, socket: Duplex) => socket.destroy());

  const onSession = (session: ServerHttp2Session, peer: Peer): void => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
    guardSession(session, limits);
    // Its handshake took longer than we had: what it asked already is answered, and it goes elsewhere.
    if (closing) session.close();
    session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      options.onExchange(http2Exchange(stream, headers, peer));
    });
  };
  let arriving: Peer = nobody;
  http2.on("session", (session: ServerHttp2Session) => onSession(session, arriving));
  http2.on("sessionError", () => {});

  const onConnection = (socket: TLSSocket): void => {
    socket.on("error", () => socket.destroy());
    socket.setNoDelay(true);
    const peer = peerOf(socket);
    if (socket.alpnProtocol === "h2") {
      arriving = peer;
      http2.emit("connection", socket);
    } else {
      peers.set(socket, peer);
      http1.emit("connection", socket);
    }
  };

  const front = (): Server => {
    const server = createTls({
      ...tlsOptions(certificates),
      ALPNProtocols: ["h2", "http/1.1"],
      requestCert: certificates.clientCa !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: limits.handshakeDeadline,
    });
    server.maxConnections = limits.maxConnections;
    server.on("connection", (socket: Socket) => {
      connections.add(socket);
      socket.on("close", () => connections.delete(socket));
    });
    server.on("secureConnection", onConnection);
    server.on("tlsClientError", (_error: Error, socket: TLSSocket) => socket.destroy());
    fronts.push(server);
    return server;
  };

  return {
    listen: (address) =>
      new Promise((resolve, reject) => {
        const server = front();
        const where: ListenOptions & { fd?: number } =
          "fd" in address ? { fd: address.fd } : { host: address.host, port: address.port };
        server.once("error", reject);
        server.listen(where, () => {
          server.removeListener("error", reject);
          server.on("error", () => {});
          resolve(server.address() as AddressInfo);
        });
      }),
    renew: (next) => {
      certificates = next;
      for (const server of fronts) server.setSecureContext(tlsOptions(next));
    },
    close: async (grace) => {
      closing = true;
      const closed = fronts.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      for (const session of sessions) session.close();
      http1.closeIdleConnections();
      const cut = setTimeout(() => {
        for (const session of sessions) session.destroy();
        for (const socket of connections) socket.destroy();
      }, grace);
      await Promise.all(closed);
      clearTimeout(cut);
    },
  };
}

const nobody: Peer = { address: "", certificate: undefined };

/** Own deadlines for silent sessions, and the defence against streams that are opened only to be reset. */
function guardSession(session: ServerHttp2Session, limits: HttpLimits): void {
  let open = 0;
  let resets = 0;
  let windowStart = Date.now();
  session.on("stream", (stream: ServerHttp2Stream) => {
    open++;
    stream.on("close", () => {
      open--;
      if (stream.rstCode !== constants.NGHTTP2_CANCEL && stream.rstCode !== constants.NGHTTP2_PROTOCOL_ERROR) return;
      const now = Date.now();
      if (now - windowStart > limits.resetWindow) {
        windowStart = now;
        resets = 0;
      }
      if (++resets > limits.maxResets) {
        session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
        session.destroy();
      }
    });
  });
  session.setTimeout(limits.sessionIdle, () => {
    if (open === 0) {
      session.close();
      return;
    }
    // Streams are open but nothing moves: a client that is gone does not answer a ping.
    const gone = setTimeout(() => session.destroy(), limits.handshakeDeadline);
    session.ping(() => clearTimeout(gone));
  });
}

function http1Exchange(request: IncomingMessage, response: ServerResponse, peer: Peer): Exchange {
  response.on("error", () => {});
  return {
    method: request.method ?? "GET",
    url: request.url ?? "/",
    headers: request.headers,
    peer,
    input: request,
    output: response,
    get headSent() {
      return response.headersSent;
    },
    head: (status, headers) => {
      response.writeHead(status, headers);
    },
    abort: () => {
      request.socket.destroy();
    },
    onClose: (callback) => {
      response.once("close", callback);
    },
  };
}

function http2Exchange(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer): Exchange {
  stream.on("error", () => {});
  return {
    method: (headers[":method"] as string | undefined) ?? "GET",
    url: (headers[":path"] as string | undefined) ?? "/",
    headers,
    peer,
    input: stream,
    output: stream,
    get headSent() {
      return stream.headersSent;
    },
    head: (status, out) => {
      if (!stream.destroyed && !stream.closed) stream.respond({ ...out, ":status": status });
    },
    abort: () => {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    },
    onClose: (callback) => {
      stream.once("close", callback);
    },
  };
}
