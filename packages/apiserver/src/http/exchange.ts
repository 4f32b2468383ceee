import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Duplex, Readable, Writable } from "node:stream";

/** Who stands at the other end of the connection, as TLS proved it. */
export interface Peer {
  readonly address: string;
  /** The client certificate, when one was presented. */
  readonly certificate: PeerCertificate | undefined;
}

/** A presented client certificate. Only a `trusted` one says anything. */
export interface PeerCertificate {
  readonly trusted: boolean;
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
}

/** One request and its answer, the same over HTTP/1.1 and HTTP/2. */
export interface Exchange {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: Peer;
  readonly input: Readable;
  readonly output: Writable;
  readonly headSent: boolean;
  /** Sends status and headers, once. */
  head(status: number, headers: OutgoingHttpHeaders): void;
  /** Ends the exchange without ceremony: the client sees a broken stream, never a complete answer. */
  abort(): void;
  /** Calls back once, when the exchange is over for whatever reason. */
  onClose(callback: () => void): void;
}

/** An HTTP/1.1 request that asked to change the protocol. */
export interface UpgradeExchange {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly peer: Peer;
  readonly socket: Duplex;
  /** Bytes that came behind the request's head. */
  readonly behind: Buffer;
}

export type ExchangeHandler = (exchange: Exchange) => void;
export type UpgradeHandler = (exchange: UpgradeExchange) => void;
