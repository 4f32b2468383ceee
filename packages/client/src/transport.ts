import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Duplex } from "node:stream";
import type { SecureContextOptions } from "node:tls";
import { type Log, silentLog } from "@bulkhead/api";
import { createBackoff, pause } from "./backoff.ts";
import { unreachable } from "./failure.ts";

/** What TLS needs; read anew at every connection, so that renewed certificates are taken up. */
export type TlsMaterial = Pick<SecureContextOptions, "ca" | "cert" | "key"> & {
  /** The name the server's certificate must carry, when it is not the URL's host. */
  readonly servername?: string;
  /** Takes any certificate. Only for a person who said so. */
  readonly insecure?: boolean;
};

export interface TransportOptions {
  /** `https://host:port`; `http://` speaks HTTP/2 in the clear. */
  readonly server: string;
  readonly tls?: TlsMaterial | (() => TlsMaterial | Promise<TlsMaterial>);
  /** Another way to the server: answers a connected (TLS) stream. */
  readonly createConnection?: (url: URL) => Duplex;
  /** Milliseconds for connection and TLS handshake, default 10,000. */
  readonly connectTimeout?: number;
  /**
   * Milliseconds, default 30,000. A session with open streams is asked for a sign of life this often and dropped when it
   * is silent for half of it; one without any for so long is closed, since a connection costs memory on both sides.
   */
  readonly pingInterval?: number;
  readonly log?: Log;
}

/** One HTTP/2 connection to a server, made when needed, made again when it breaks. Several clients may share it. */
export interface Transport {
  readonly server: string;
  /** Opens a stream, connecting first if need be; throws StatusError ServiceUnavailable when that fails. */
  open(headers: OutgoingHttpHeaders, endStream: boolean, signal?: AbortSignal): Promise<ClientHttp2Stream>;
  close(): void;
}

/** Connects lazily, with back-off between failed attempts (0.1 to 5 s, jittered): requests meanwhile wait for the next. */
export function createTransport(options: TransportOptions): Transport {
  const { server, connectTimeout = 10_000, pingInterval = 30_000, log = silentLog } = options;
  const url = new URL(server);
  const backoff = createBackoff({ base: 100, cap: 5_000, jitter: 0.5 });
  let dialling: Promise<ClientHttp2Session> | undefined;
  let live: ClientHttp2Session | undefined;
  let notBefore = 0;
  /** Streams of the live session, and when the last of them was opened or closed. */
  let open = 0;
  let lastUsed = 0;
  const closing = new AbortController();

  async function dial(): Promise<ClientHttp2Session> {
    const wait = notBefore - Date.now();
    if (wait > 0) await pause(wait, closing.signal);
    if (closing.signal.aborted) throw unreachable(server, "the client is closed");
    const tls = typeof options.tls === "function" ? await options.tls() : options.tls;
    const create = options.createConnection;
    const made = connect(url, {
      ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls?.key === undefined ? {} : { key: tls.key }),
      ...(tls?.servername === undefined ? {} : { servername: tls.servername }),
      ...(tls?.insecure === true ? { rejectUnauthorized: false } : {}),
      ...(create === undefined ? {} : { createConnection: () => create(url) }),
      settings: { enablePush: false, initialWindowSize: 1024 * 1024 },
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => made.destroy(new Error(`no connection within ${connectTimeout} ms`)),
        connectTimeout,
      );
      const lost = (error?: Error): void => {
        clearTimeout(timer);
        if (live === made) live = undefined;
        dialling = undefined;
        notBefore = Date.now() + backoff.next();
        reject(unreachable(server, error?.message ?? "the connection closed", error));
      };
      made.on("error", lost);
      made.once("close", lost);
      made.once("connect", () => {
        // Given up or lost before we came to hear of it: its end is told to `lost`.
        if (made.destroyed) return;
        clearTimeout(timer);
        made.off("error", lost).off("close", lost);
        live = made;
        open = 0;
        lastUsed = Date.now();
        watchOver(made);
        resolve(made);
      });
    });
  }

  /** Takes the session out of use as soon as it can carry no new request, and drops one that has gone silent. */
  function watchOver(made: ClientHttp2Session): void {
    made.setLocalWindowSize?.(8 * 1024 * 1024);
    const retire = (): void => {
      if (live !== made) return;
      live = undefined;
      dialling = undefined;
    };
    const timer = setInterval(() => {
      if (open === 0) {
        if (Date.now() - lastUsed < pingInterval) return;
        retire();
        made.close();
        return;
      }
      const answered = setTimeout(() => made.destroy(new Error("the server went silent")), pingInterval / 2);
      answered.unref();
      const sent = !made.destroyed && made.ping(() => clearTimeout(answered));
      if (!sent) clearTimeout(answered);
    }, pingInterval);
    timer.unref();
    made.on("goaway", (code) => {
      log.debug({ server, code }, "server asked us to go away");
      retire();
      // No new streams; those that run may end.
      made.close();
    });
    made.on("error", (error) => log.debug({ server, error: error.message }, "connection broke"));
    made.on("close", () => {
      clearInterval(timer);
      retire();
    });
  }

  return {
    server,
    async open(headers, endStream, signal) {
      if (closing.signal.aborted) throw unreachable(server, "the client is closed");
      const session = async (): Promise<ClientHttp2Session> =>
        live !== undefined && !live.closed && !live.destroyed ? live : await (dialling ??= dial());
      let at = await session();
      // Lost between its coming and our use of it: nothing was sent yet, so another may carry it.
      if (at.closed || at.destroyed) at = await session();
      signal?.throwIfAborted();
      try {
        const stream = at.request(
          {
            [constants.HTTP2_HEADER_SCHEME]: url.protocol.slice(0, -1),
            [constants.HTTP2_HEADER_AUTHORITY]: url.host,
            ...headers,
          },
          { endStream },
        );
        open++;
        lastUsed = Date.now();
        stream.once("close", () => {
          if (live !== at) return;
          open--;
          lastUsed = Date.now();
        });
        // A session that carried a request was worth connecting to: the next failure starts from a short wait.
        stream.once("response", () => backoff.reset());
        return stream;
      } catch (error) {
        throw unreachable(server, error instanceof Error ? error.message : "no stream", error);
      }
    },
    close() {
      closing.abort();
      live?.close();
      const last = live;
      // Streams that never end (watches) would hold a graceful close for ever.
      if (last !== undefined) setTimeout(() => last.destroy(), 200).unref();
    },
  };
}
