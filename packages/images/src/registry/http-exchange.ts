import { lookup as resolveName } from "node:dns";
import type { ClientRequestArgs, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { pipeline, Readable } from "node:stream";
import { RegistryError } from "./registry-error.ts";

/** One request of the registry client. */
export interface Ask {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Sent as it comes, in the place of a body. */
  readonly streamed?: AsyncIterable<Uint8Array>;
  /** Bytes of an answer that is read whole. */
  readonly limit: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface ExchangeOptions {
  /** `host[:port]` of the registry. */
  readonly host: string;
  /** PEM of the registry's own authority: no other counts for it. Its token service and blob store may have this or a public one. */
  readonly ca?: string;
  /** Milliseconds of silence; default 30,000. */
  readonly timeout?: number;
}

/** Sends requests; an answer is read whole, or handed over as it streams. */
export interface Exchange {
  whole(ask: Ask, reach?: "anywhere" | "no-inside"): Promise<Answer>;
  /** An answer of status 200 streams; any other is read whole. The caller ends the message. */
  streamed(ask: Ask, reach?: "anywhere" | "no-inside"): Promise<Answer | IncomingMessage>;
}

/** Not imported by name, which loads every part of these modules: 50 ms that a scan of a file need not wait for. */
const builtIn = process.getBuiltinModule.bind(process);

/** Addresses that a registry has no business sending us to: this machine's own and the link's (metadata services). */
const inside = new BlockList();
inside.addSubnet("127.0.0.0", 8, "ipv4");
inside.addSubnet("0.0.0.0", 8, "ipv4");
inside.addSubnet("169.254.0.0", 16, "ipv4");
inside.addAddress("::1", "ipv6");
inside.addAddress("::", "ipv6");
inside.addSubnet("fe80::", 10, "ipv6");
inside.addSubnet("::ffff:127.0.0.0", 104, "ipv6");
inside.addSubnet("::ffff:169.254.0.0", 112, "ipv6");

export const isInside = (address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && inside.check(address, family === 6 ? "ipv6" : "ipv4");
};

/** Looks a name up and takes no address inside: the very address that is then dialled is the one that was judged. */
const outsideOnly: LookupFunction = (name, options, done) => {
  resolveName(name, { ...options, all: true }, (error, addresses) => {
    const outside = error === null ? addresses.filter((a) => !isInside(a.address)) : [];
    const [first] = outside;
    if (first === undefined)
      return done(
        error ?? Object.assign(new Error(`${name} leads to this machine's own addresses`), { code: "EACCES" }),
        "",
        0,
      );
    if (options.all === true) return done(null, outside);
    done(null, first.address, first.family);
  });
};

const bare = (host: string): string => host.replace(/^\[|\]$/g, "");

const unknownAuthority = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);
const noTls = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "EPROTO"]);

/** What a person can do about a connection that TLS refused; undefined for any other reason. */
function tlsFault({ code = "" }: NodeJS.ErrnoException, host: string): string | undefined {
  if (unknownAuthority.has(code))
    return `its certificate is of an authority that is not trusted for it (${code}); where that is a private one: bulkhead registry set ${host} --ca FILE`;
  if (noTls.has(code))
    return `it speaks no TLS that is understood; plain HTTP is spoken only where it is configured: bulkhead registry set ${host} --plain-http`;
  return undefined;
}

export function createExchange({ host, ca, timeout = 30_000 }: ExchangeOptions): Exchange {
  const base = new URL(`https://${host}/`).host;
  const trusted = (url: URL): Pick<RequestOptions, "ca"> =>
    ca === undefined ? {} : { ca: url.host === base ? ca : [ca, ...builtIn("node:tls").rootCertificates] };
  function open(ask: Ask, reach: "anywhere" | "no-inside"): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(
          error instanceof RegistryError
            ? error
            : new RegistryError(
                "unreachable",
                `registry ${ask.url.host} cannot be reached: ${tlsFault(error, host) ?? error.message}`,
                error,
              ),
        );
      if (reach === "no-inside" && isInside(bare(ask.url.hostname)))
        return reject(
          new RegistryError("refused", `registry: it sends us to ${ask.url.host}, an address of this machine`),
        );
      const settings: RequestOptions & ClientRequestArgs = {
        method: ask.method,
        headers: {
          "user-agent": "bulkhead",
          ...ask.headers,
          ...(ask.body === undefined ? {} : { "content-length": ask.body.length }),
        },
        timeout,
        ...trusted(ask.url),
        ...(reach === "no-inside" ? { lookup: outsideOnly } : {}),
      };
      const { request: send } = ask.url.protocol === "http:" ? builtIn("node:http") : builtIn("node:https");
      const request = send(ask.url, settings, resolve);
      request.on("timeout", () => request.destroy(new Error("it did not answer in time")));
      request.on("error", fail);
      if (ask.streamed === undefined) request.end(ask.body);
      else pipeline(Readable.from(ask.streamed), request, (error) => (error ? fail(error) : undefined));
    });
  }

  async function read(message: IncomingMessage, ask: Ask): Promise<Answer> {
    const parts: Buffer[] = [];
    let size = 0;
    try {
      for await (const part of message as AsyncIterable<Buffer>) {
        size += part.length;
        if (size > ask.limit)
          throw new RegistryError("too-large", `${ask.url.host}${ask.url.pathname}: more than ${ask.limit} bytes`);
        parts.push(part);
      }
    } catch (error) {
      message.destroy();
      if (error instanceof RegistryError) throw error;
      throw new RegistryError("unreachable", `registry ${ask.url.host} broke off in its answer`, error);
    }
    return { status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(parts) };
  }

  return {
    whole: async (ask, reach = "anywhere") => read(await open(ask, reach), ask),
    async streamed(ask, reach = "anywhere") {
      const message = await open(ask, reach);
      return message.statusCode === 200 ? message : read(message, { ...ask, limit: 64 << 10 });
    },
  };
}

export const header = (answer: Pick<Answer, "headers">, name: string): string | undefined => {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
};
