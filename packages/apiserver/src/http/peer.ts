import type { TLSSocket } from "node:tls";
import type { Peer, PeerCertificate } from "./exchange.ts";

const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** What TLS knows of the other end. Asked once a connection. */
export function peerOf(socket: TLSSocket): Peer {
  return { address: socket.remoteAddress ?? "", certificate: certificateOf(socket) };
}

function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const presented = socket.getPeerCertificate();
  // Node answers an empty object where there is none.
  if (presented?.subject === undefined) return undefined;
  const names = list(presented.subject.CN);
  return {
    // Several common names would let two readers see two users.
    trusted: socket.authorized && names.length === 1,
    commonName: names[0] ?? "",
    organizations: list(presented.subject.O),
    notBefore: Date.parse(presented.valid_from),
    notAfter: Date.parse(presented.valid_to),
    fingerprint: presented.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}
