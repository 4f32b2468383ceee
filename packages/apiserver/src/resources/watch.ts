import type { OutgoingHttpHeaders } from "node:http";
import { StatusError } from "@bulkhead/api";
import { StoreError, type StoreEvent, type WatchHandle } from "@bulkhead/store";
import type { Exchange } from "../http/exchange.ts";
import { drained } from "../http/send.ts";
import { expired } from "../request/errors.ts";
import { type ListOptions, selects, watchRevision } from "./list-options.ts";
import { joined } from "./object-bytes.ts";
import { addedLine, bookmarkLine, type EventContext, errorLine, eventLine, typeFor } from "./watch-events.ts";

/** Seconds: what a watch without timeoutSeconds lasts at least; up to twice that, so that watchers do not return at once. */
const minimumDuration = 1800;
/** Milliseconds between bookmarks. */
const bookmarkEvery = 60_000;

export interface WatchRequest {
  readonly exchange: Exchange;
  readonly context: EventContext;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly options: ListOptions;
  readonly stallDeadline: number;
  /** Ends the watch when the server closes. */
  readonly signal: AbortSignal;
  /** Headers of the answer beyond its type. */
  readonly headers: OutgoingHttpHeaders;
}

/** Serves a watch until its time is over or the client leaves. Resolves then. */
export async function serveWatch(request: WatchRequest): Promise<void> {
  const { exchange, options } = request;
  const asked = watchRevision(options.resourceVersion);
  const initial = options.sendInitialEvents ?? (asked === undefined || asked === 0);
  exchange.head(200, { ...request.headers, "content-type": "application/json", "cache-control": "no-cache, private" });
  const stream = new WatchStream(request);
  try {
    await stream.run(initial, asked);
  } catch (error) {
    if (error instanceof StatusError) await stream.write([errorLine(error.toStatus())]);
  }
  exchange.output.end();
}

class WatchStream {
  readonly #request: WatchRequest;
  #tables = 0;
  #handle: WatchHandle | undefined;

  constructor(request: WatchRequest) {
    this.#request = request;
  }

  /** Undefined when the client keeps up; otherwise settles when it does again, and ends the stream if it never does. */
  write(lines: readonly Uint8Array[]): Promise<void> | undefined {
    const { exchange, stallDeadline } = this.#request;
    if (lines.length === 0 || exchange.output.destroyed) return undefined;
    if (exchange.output.write(joined(lines))) return undefined;
    return drained(exchange.output, stallDeadline).catch(() => exchange.abort());
  }

  async run(initial: boolean, asked: number | undefined): Promise<void> {
    const from = initial ? await this.#sendInitial(asked) : asked;
    const { exchange, options, signal } = this.#request;
    const seconds = options.timeoutSeconds ?? Math.floor(minimumDuration * (1 + Math.random()));
    await new Promise<void>((resolve, reject) => {
      const timers: NodeJS.Timeout[] = [];
      const finish = (error?: Error): void => {
        for (const timer of timers) clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#handle?.close();
        if (error === undefined) resolve();
        else reject(error);
      };
      const onAbort = (): void => finish();
      signal.addEventListener("abort", onAbort);
      if (exchange.output.destroyed) return finish();
      exchange.onClose(() => finish());
      timers.push(setTimeout(() => finish(), seconds * 1000));
      if (options.bookmarks) timers.push(setInterval(() => this.#bookmark(false), bookmarkEvery));
      try {
        this.#handle = this.#subscribe(from, finish);
      } catch (error) {
        finish(asStatus(error, from));
      }
    });
  }

  /** The state now as ADDED events; gives the revision it is of. */
  async #sendInitial(asked: number | undefined): Promise<number> {
    const { context, namespace, options } = this.#request;
    const { store, resource } = context;
    if (asked !== undefined && asked > store.head) throw tooLarge(asked, store.head);
    const view = store.list({ group: resource.storageGroup, resource: resource.resource, namespace });
    let lines: Uint8Array[] = [];
    let size = 0;
    for (const object of view.items) {
      if (!selects(options, object)) continue;
      const line = addedLine(context, object, this.#tables++ === 0);
      lines.push(line);
      size += line.length;
      if (size < 64 * 1024) continue;
      await this.write(lines);
      lines = [];
      size = 0;
    }
    await this.write(lines);
    if (options.sendInitialEvents === true && options.bookmarks)
      await this.write([bookmarkLine(context, view.revision, true)]);
    return view.revision;
  }

  #subscribe(from: number | undefined, finish: (error?: Error) => void): WatchHandle {
    const { context, namespace } = this.#request;
    const { store, resource } = context;
    return store.watch(
      { group: resource.storageGroup, resource: resource.resource, namespace, from },
      {
        onEvents: (events) => this.write(this.#lines(events)),
        onEnd: (why) =>
          finish(why === "closed" ? undefined : expired("The resourceVersion for the provided watch is too old.")),
      },
    );
  }

  #lines(events: readonly StoreEvent[]): Uint8Array[] {
    const { context, options } = this.#request;
    const lines: Uint8Array[] = [];
    for (const event of events) {
      const type = typeFor(event, options);
      if (type !== undefined) lines.push(eventLine(context, event, type, this.#tables++ === 0));
    }
    return lines;
  }

  #bookmark(initialEnd: boolean): void {
    const { context, exchange } = this.#request;
    // A client that is behind gets its events first; the next bookmark will do.
    if (this.#handle === undefined || exchange.output.writableNeedDrain) return;
    void this.write([bookmarkLine(context, this.#handle.revision, initialEnd)]);
  }
}

const tooLarge = (wanted: number, head: number): StatusError =>
  new StatusError({
    reason: "Timeout",
    message: `Timeout: Too large resource version: ${wanted}, current: ${head}`,
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  });

function asStatus(error: unknown, from: number | undefined): Error {
  if (!(error instanceof StoreError)) return error instanceof Error ? error : new Error(String(error));
  if (error.code === "compacted") return expired(`too old resource version: ${from ?? 0}`);
  if (error.code === "future") return tooLarge(from ?? 0, 0);
  return error;
}
