import packet, { type Answer, type Decoded } from "dns-packet";

/** Response codes (RFC 1035). */
export const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof rcodes;

/** A question taken from a well-formed query. */
export interface Query {
  readonly id: number;
  /** Lower case, without the final dot; "" is the root. */
  readonly name: string;
  /** `A`, `AAAA`, `SRV` … or `UNKNOWN_65`. */
  readonly type: string;
  readonly recursionDesired: boolean;
  /** The client's EDNS payload size; undefined: it spoke none. */
  readonly payloadSize: number | undefined;
  /** The question as it stood in the query: answers repeat it to the letter. */
  readonly question: Buffer;
}

export type Parsed =
  | { readonly kind: "query"; readonly query: Query }
  /** To be answered with this code. */
  | { readonly kind: "fault"; readonly id: number; readonly rcode: Rcode }
  /** Not to be answered at all: a response, or no DNS. */
  | { readonly kind: "noise" };

const headerLength = 12;
const flag = {
  response: 0x8000,
  authoritative: 0x400,
  truncated: 0x200,
  recursionDesired: 0x100,
  recursionAvailable: 0x80,
};
const opcodeMask = 0x7800;
const rcodeMask = 0xf;

/** Largest UDP message we send or ask for: fits every path without fragments (DNS flag day 2020). */
export const payloadLimit = 1232;
/** What a client without EDNS can take. */
const plainLimit = 512;

/** Where the first question ends; undefined when it is cut off or compressed. */
function questionEnd(buffer: Buffer): number | undefined {
  let at = headerLength;
  for (let labels = 0; labels < 128; labels++) {
    const length = buffer[at];
    if (length === undefined || length > 63) return undefined;
    at += 1 + length;
    if (length === 0) return at - headerLength <= 255 && at + 4 <= buffer.length ? at + 4 : undefined;
  }
  return undefined;
}

const lower = (bytes: Buffer): string => bytes.toString("latin1").toLowerCase();

function tryDecode(buffer: Buffer): Decoded | undefined {
  try {
    return packet.decode(buffer);
  } catch {
    return undefined;
  }
}

export function parseQuery(buffer: Buffer): Parsed {
  if (buffer.length < headerLength) return { kind: "noise" };
  const id = buffer.readUInt16BE(0);
  const flags = buffer.readUInt16BE(2);
  if ((flags & flag.response) !== 0) return { kind: "noise" };
  if ((flags & opcodeMask) !== 0) return { kind: "fault", id, rcode: "NOTIMP" };
  // Counts are checked before the parser sees them: a query asks one thing and answers nothing.
  const counted = buffer.readUInt16BE(4) === 1 && buffer.readUInt32BE(6) === 0 && buffer.readUInt16BE(10) <= 2;
  const end = counted ? questionEnd(buffer) : undefined;
  const decoded = end === undefined ? undefined : tryDecode(buffer);
  const question = decoded?.questions[0];
  if (end === undefined || decoded === undefined || question === undefined)
    return { kind: "fault", id, rcode: "FORMERR" };
  if ((question.class ?? "IN") !== "IN") return { kind: "fault", id, rcode: "REFUSED" };
  const opt = decoded.additionals.find((a) => a.type === "OPT");
  return {
    kind: "query",
    query: {
      id,
      name: question.name === "." ? "" : question.name.toLowerCase(),
      type: question.type,
      recursionDesired: (flags & flag.recursionDesired) !== 0,
      payloadSize: opt === undefined ? undefined : (opt.udpPayloadSize ?? 0),
      question: Buffer.from(buffer.subarray(headerLength, end)),
    },
  };
}

/** What is sent back, before it is bytes. */
export interface Response {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

/** A pointer to the question's name, which always stands right after the header. */
const questionPointer = Buffer.from([0xc0, headerLength]);

/** Records as bytes. A record of the asked name points at the question instead of repeating it. */
function encodeRecords(records: readonly Answer[], question: Buffer): Buffer[] {
  const asked = lower(question.subarray(0, -4));
  return records.map((record) => {
    const encoded = packet.encode({ type: "response", id: 0, flags: 0, answers: [record] }).subarray(headerLength);
    const same = record.type !== "OPT" && lower(encoded.subarray(0, asked.length)) === asked;
    return same ? Buffer.concat([questionPointer, encoded.subarray(asked.length)]) : encoded;
  });
}

/** A response of our own as bytes, not yet fitted to the transport (see `fit`). */
export function encodeResponse(query: Query, response: Response): Buffer {
  const { answers, authorities } = response;
  const additionals: Answer[] =
    query.payloadSize === undefined
      ? []
      : [{ type: "OPT", name: ".", udpPayloadSize: payloadLimit, flags: 0, options: [] }];
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(query.id, 0);
  header.writeUInt16BE(
    flag.response |
      (response.authoritative ? flag.authoritative : 0) |
      (query.recursionDesired ? flag.recursionDesired : 0) |
      flag.recursionAvailable |
      rcodes[response.rcode],
    2,
  );
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  header.writeUInt16BE(authorities.length, 8);
  header.writeUInt16BE(additionals.length, 10);
  return Buffer.concat([
    header,
    query.question,
    ...encodeRecords([...answers, ...authorities, ...additionals], query.question),
  ]);
}

/** A response to what could not be read: the header alone. */
export function encodeFault(id: number, rcode: Rcode): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flag.response | rcodes[rcode], 2);
  return header;
}

/** Over UDP an answer that the client cannot take is cut to its question, and says so. */
export function fit(query: Query, response: Buffer, transport: "udp" | "tcp"): Buffer {
  if (transport === "tcp") return response;
  const limit =
    query.payloadSize === undefined ? plainLimit : Math.min(Math.max(query.payloadSize, plainLimit), payloadLimit);
  if (response.length <= limit) return response;
  const cut = Buffer.from(response.subarray(0, headerLength + query.question.length));
  cut.writeUInt16BE(cut.readUInt16BE(2) | flag.truncated, 2);
  cut.fill(0, 6, headerLength);
  return cut;
}

/** The query we send on: our own id, the client's question, EDNS only if the client spoke it. */
export function encodeUpstreamQuery(id: number, query: Query): Buffer {
  const encoded = packet.encode({
    type: "query",
    id,
    flags: flag.recursionDesired,
    additionals:
      query.payloadSize === undefined
        ? []
        : [{ type: "OPT", name: ".", udpPayloadSize: payloadLimit, flags: 0, options: [] }],
  });
  const whole = Buffer.concat([encoded.subarray(0, headerLength), query.question, encoded.subarray(headerLength)]);
  whole.writeUInt16BE(1, 4);
  return whole;
}

/** An upstream's answer to what we asked. */
export interface UpstreamAnswer {
  readonly bytes: Buffer;
  readonly truncated: boolean;
  readonly rcode: number;
  /** Seconds that it may be kept; 0: not at all. */
  readonly ttl: number;
  readonly decoded: Decoded;
}

/** Undefined when the bytes do not answer this question under this id (a stray or forged packet). */
export function parseUpstream(buffer: Buffer, id: number, query: Query): UpstreamAnswer | undefined {
  if (buffer.length < headerLength + query.question.length || buffer.readUInt16BE(0) !== id) return undefined;
  const flags = buffer.readUInt16BE(2);
  if ((flags & flag.response) === 0 || buffer.readUInt16BE(4) !== 1) return undefined;
  const question = buffer.subarray(headerLength, headerLength + query.question.length);
  if (lower(question) !== lower(query.question)) return undefined;
  const decoded = tryDecode(buffer);
  if (decoded === undefined) return undefined;
  const rcode = flags & rcodeMask;
  const ttls = [...decoded.answers, ...decoded.authorities].flatMap((r) => (r.ttl === undefined ? [] : [r.ttl]));
  const keeps = (rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN) && ttls.length > 0;
  return {
    bytes: buffer,
    truncated: (flags & flag.truncated) !== 0,
    rcode,
    ttl: keeps ? Math.min(...ttls) : 0,
    decoded,
  };
}

/** The same answer for another client that asked the same: its id and its spelling of the name. */
export function reuse(answer: Buffer, query: Query): Buffer {
  const copy = Buffer.from(answer);
  copy.writeUInt16BE(query.id, 0);
  query.question.copy(copy, headerLength);
  return copy;
}
