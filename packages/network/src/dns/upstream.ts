import { randomInt } from "node:crypto";
import dgram from "node:dgram";
import net from "node:net";
import { encodeUpstreamQuery, parseUpstream, type Query, type UpstreamAnswer } from "./message.ts";

export interface UpstreamServer {
  readonly address: string;
  readonly port: number;
}

export interface UpstreamOptions {
  readonly servers: () => readonly UpstreamServer[];
  /** Per attempt; default 2,000 ms. */
  readonly timeoutMs?: number;
  /** Questions under way at once; default 256. */
  readonly concurrency?: number;
  /** Answers kept; default 5,000. */
  readonly cacheEntries?: number;
  readonly now?: () => number;
}

/** Asks the machine's resolvers. Undefined: nobody answered (the client hears SERVFAIL). */
export interface Upstream {
  ask(query: Query): Promise<UpstreamAnswer | undefined>;
}

/** Longest that an answer is kept, as CoreDNS does: TTLs are passed on as they came, and so drift by this much at most. */
const longestTtl = 30;
const longestKept = 4_096;

/** One query over UDP from a port of its own; only the asked server's packets are received. */
function askUdp(server: UpstreamServer, query: Query, timeoutMs: number): Promise<UpstreamAnswer | undefined> {
  return new Promise((resolve) => {
    const id = randomInt(0x1_0000);
    const socket = dgram.createSocket(server.address.includes(":") ? "udp6" : "udp4");
    const finish = (answer: UpstreamAnswer | undefined): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      // A send under way may still fail after the close.
      socket.on("error", () => {});
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    socket.on("error", () => finish(undefined));
    socket.on("message", (bytes) => {
      const answer = parseUpstream(bytes, id, query);
      if (answer !== undefined) finish(answer);
    });
    socket.connect(server.port, server.address, (error?: Error) => {
      if (error) finish(undefined);
      else socket.send(encodeUpstreamQuery(id, query));
    });
  });
}

/** The same over TCP, for answers that UDP cut off. */
function askTcp(server: UpstreamServer, query: Query, timeoutMs: number): Promise<UpstreamAnswer | undefined> {
  return new Promise((resolve) => {
    const id = randomInt(0x1_0000);
    const socket = net.connect({ host: server.address, port: server.port });
    let received = Buffer.alloc(0);
    const finish = (answer: UpstreamAnswer | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    socket.on("error", () => finish(undefined));
    socket.on("end", () => finish(undefined));
    socket.on("connect", () => {
      const message = encodeUpstreamQuery(id, query);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    });
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (received.length >= length + 2) finish(parseUpstream(received.subarray(2, length + 2), id, query));
    });
  });
}

/** Forwards with a bounded cache; the same question under way twice is asked once. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { timeoutMs = 2_000, concurrency = 256, cacheEntries = 5_000, now = Date.now } = options;
  const cache = new Map<string, { readonly answer: UpstreamAnswer; readonly until: number }>();
  const pending = new Map<string, Promise<UpstreamAnswer | undefined>>();

  async function askServers(query: Query): Promise<UpstreamAnswer | undefined> {
    for (const server of options.servers()) {
      const answer = await askUdp(server, query, timeoutMs);
      if (answer === undefined) continue;
      return answer.truncated ? ((await askTcp(server, query, timeoutMs)) ?? answer) : answer;
    }
    return undefined;
  }

  function keep(key: string, answer: UpstreamAnswer): void {
    if (answer.ttl === 0 || answer.truncated || answer.bytes.length > longestKept) return;
    cache.set(key, { answer, until: now() + Math.min(answer.ttl, longestTtl) * 1000 });
    while (cache.size > cacheEntries) {
      const oldest = cache.keys().next().value;
      if (oldest === undefined) break;
      cache.delete(oldest);
    }
  }

  return {
    async ask(query) {
      const key = `${query.name} ${query.type} ${query.payloadSize === undefined ? "" : "edns"}`;
      const kept = cache.get(key);
      if (kept !== undefined && kept.until > now()) return kept.answer;
      cache.delete(key);
      const same = pending.get(key);
      if (same !== undefined) return same;
      if (pending.size >= concurrency) return undefined;
      const asked = askServers(query).finally(() => pending.delete(key));
      pending.set(key, asked);
      const answer = await asked;
      if (answer !== undefined) keep(key, answer);
      return answer;
    },
  };
}
