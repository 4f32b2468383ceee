import { constants, type OutgoingHttpHeaders } from "node:http2";
import { type KubeObject, type Status, StatusError } from "@bulkhead/api";
import { deadlinePassed, failureOf, statusError, unreachable } from "./failure.ts";
import type { Transport } from "./transport.ts";
import type { WatchEvent } from "./types.ts";
import { createLineSplitter } from "./watch-lines.ts";

interface WatchStreamOptions {
  readonly signal: AbortSignal;
  readonly maxEvent: number;
  /** Milliseconds for the response's headers to come. */
  readonly answerWithin: number;
}

/** The events of one watch request. Reads on only as fast as they are taken: HTTP/2 flow control holds the server back. */
export async function* watchStream<T extends KubeObject>(
  transport: Transport,
  headers: OutgoingHttpHeaders,
  options: WatchStreamOptions,
): AsyncGenerator<WatchEvent<T>> {
  const { signal } = options;
  if (signal.aborted) return;
  const stream = await transport.open(headers, true);
  const stop = (): void => stream.close(constants.NGHTTP2_CANCEL);
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) return;
    const status = await new Promise<number>((resolve, reject) => {
      const late = setTimeout(
        () => reject(deadlinePassed(transport.server, options.answerWithin)),
        options.answerWithin,
      );
      const settle = (run: () => void): void => {
        clearTimeout(late);
        run();
      };
      stream.once("response", (got) => settle(() => resolve(Number(got[constants.HTTP2_HEADER_STATUS]))));
      stream.on("error", (error) => settle(() => reject(unreachable(transport.server, error.message, error))));
      stream.once("close", () => settle(() => reject(unreachable(transport.server, "the watch was not answered"))));
    });
    if (status >= 400) throw failureOf(status, await bounded(stream, 1024 * 1024));
    const split = createLineSplitter(options.maxEvent);
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        for (const line of split(chunk)) yield eventOf<T>(line);
      }
    } catch (error) {
      // A reset by the server or by a dropped session ends the watch; whoever watches resumes from the last version seen.
      if (error instanceof StatusError) throw error;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

function eventOf<T extends KubeObject>(line: Buffer): WatchEvent<T> {
  let event: { type: WatchEvent<T>["type"] | "ERROR"; object: unknown };
  try {
    event = JSON.parse(line.toString("utf8")) as typeof event;
  } catch (error) {
    throw new StatusError({ reason: "InternalError", message: "a watch event is no JSON" }, error);
  }
  if (event.type === "ERROR") throw statusError(event.object as Status);
  return { type: event.type, object: event.object as T };
}

async function bounded(stream: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks);
}
