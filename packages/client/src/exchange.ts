import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { StatusError } from "@bulkhead/api";
import { deadlinePassed, unreachable } from "./failure.ts";
import type { Transport } from "./transport.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ExchangeOptions {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array | string | undefined;
  /** Milliseconds for the whole exchange. */
  readonly deadline: number;
  /** Bytes of answer at most. */
  readonly maxAnswer: number;
}

/** The request surely did nothing: the server refused the stream before it looked at it. */
export class RefusedStream extends StatusError {}

/** One request, one whole answer, within a deadline and a bound. */
export async function exchange(transport: Transport, options: ExchangeOptions): Promise<Answer> {
  const deadline = AbortSignal.timeout(options.deadline);
  const stream = await withDeadline(transport, options, deadline);
  return new Promise<Answer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let headers: Readonly<Record<string, string>> = {};
    let done = false;
    const settle = (run: () => void): void => {
      if (done) return;
      done = true;
      deadline.removeEventListener("abort", late);
      run();
    };
    const fail = (error: StatusError): void => {
      settle(() => reject(error));
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const late = (): void => fail(deadlinePassed(transport.server, options.deadline));
    deadline.addEventListener("abort", late, { once: true });
    stream.on("response", (got) => {
      status = Number(got[constants.HTTP2_HEADER_STATUS]);
      headers = plainHeaders(got);
    });
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > options.maxAnswer)
        return fail(unreachable(transport.server, `the answer is larger than ${options.maxAnswer} bytes`));
      chunks.push(chunk);
    });
    stream.on("end", () => {
      if (status !== 0 && stream.rstCode === constants.NGHTTP2_NO_ERROR)
        settle(() => resolve({ status, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) }));
    });
    stream.on("error", (error) => settle(() => reject(broken(transport, stream, error))));
    stream.on("close", () => settle(() => reject(broken(transport, stream))));
    if (options.body !== undefined) stream.end(options.body);
  });
}

async function withDeadline(
  transport: Transport,
  options: ExchangeOptions,
  deadline: AbortSignal,
): Promise<ClientHttp2Stream> {
  const opening = transport.open(options.headers, options.body === undefined, deadline);
  let late: (() => void) | undefined;
  const passed = new Promise<never>((_, reject) => {
    late = () => reject(deadlinePassed(transport.server, options.deadline));
    deadline.addEventListener("abort", late, { once: true });
  });
  try {
    return await Promise.race([opening, passed]);
  } finally {
    if (late !== undefined) deadline.removeEventListener("abort", late);
    // When the deadline won, the stream that comes too late must not be left open.
    if (deadline.aborted) void opening.then((stream) => stream.close(constants.NGHTTP2_CANCEL)).catch(() => {});
  }
}

function broken(transport: Transport, stream: ClientHttp2Stream, cause?: Error): StatusError {
  if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM)
    return new RefusedStream(
      { reason: "ServiceUnavailable", message: `the API server at ${transport.server} refused the stream` },
      cause,
    );
  return unreachable(transport.server, cause?.message ?? "the connection broke before the answer was whole", cause);
}

/** Header values as single strings, pseudo headers left out. */
function plainHeaders(got: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {};
  for (const [key, value] of Object.entries(got)) {
    if (key.startsWith(":") || value === undefined) continue;
    plain[key] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return plain;
}
