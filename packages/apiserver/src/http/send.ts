import type { OutgoingHttpHeaders } from "node:http";
import type { Writable } from "node:stream";
import type { Exchange } from "./exchange.ts";

const slice = 64 * 1024;
/** Up to here a body takes a buffer of its own size. */
const smallBody = 16 * 1024;

/** Writes and, when the client does not keep up, waits. Rejects when the stream ends or stalls past the deadline. */
export function drained(output: Writable, deadline: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      output.removeListener("drain", onDrain).removeListener("close", onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onDrain = (): void => settle();
    const onClose = (): void => settle(new Error("the client went away"));
    const timer = setTimeout(() => settle(new Error("the client took no bytes in time")), deadline);
    output.on("drain", onDrain).on("close", onClose);
  });
}

/**
 * Sends a body in slices under back-pressure: one large write would exceed an HTTP/2 session's memory and kill the
 * other streams with it. Small bodies leave in one piece. Never rejects: a client that went away is not an error.
 */
export async function send(
  exchange: Exchange,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Uint8Array | Iterable<Uint8Array>,
  stallDeadline: number,
): Promise<void> {
  if (body instanceof Uint8Array) {
    exchange.head(status, { ...headers, "content-length": body.length });
    if (exchange.method === "HEAD") exchange.output.end();
    else if (body.length <= slice) exchange.output.end(body);
    else await pour(exchange, slices(body), stallDeadline);
    return;
  }
  exchange.head(status, headers);
  if (exchange.method === "HEAD") {
    exchange.output.end();
    return;
  }
  await pour(exchange, slices(body), stallDeadline);
}

/** Hands a piece over and waits until it has left. Rejects when the stream ends or stalls past the deadline. */
function written(output: Writable, piece: Uint8Array, deadline: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null | undefined): void => {
      clearTimeout(timer);
      output.removeListener("close", onClose);
      if (error instanceof Error) reject(error);
      else resolve();
    };
    const onClose = (): void => settle(new Error("the client went away"));
    const timer = setTimeout(() => settle(new Error("the client took no bytes in time")), deadline);
    output.on("close", onClose);
    output.write(piece, settle);
  });
}

async function pour(exchange: Exchange, pieces: Iterable<Uint8Array>, stallDeadline: number): Promise<void> {
  const { output } = exchange;
  try {
    // The last piece leaves together with the end: one frame and one wake-up less for every small answer.
    let held: Uint8Array | undefined;
    for (const piece of pieces) {
      if (output.destroyed) return;
      if (held !== undefined) await written(output, held, stallDeadline);
      held = piece;
    }
    if (output.destroyed) return;
    if (held === undefined) output.end();
    else output.end(held);
  } catch {
    exchange.abort();
  }
}

/**
 * Cuts what is too large and joins what is small. Pieces of a large body are filled into two buffers in turn: each has
 * left before the one after the next is asked for.
 */
function* slices(body: Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let at = 0; at < body.length; at += slice) yield body.subarray(at, at + slice);
    return;
  }
  let small: Uint8Array[] | undefined = [];
  let piece: Buffer = Buffer.alloc(0);
  let other: Buffer | undefined;
  let size = 0;
  for (const part of body) {
    if (small !== undefined) {
      if (size + part.length <= smallBody) {
        small.push(part);
        size += part.length;
        continue;
      }
      piece = Buffer.allocUnsafeSlow(slice);
      fill(piece, small);
      small = undefined;
    }
    for (let from = 0; from < part.length; ) {
      const taken = Math.min(part.length - from, slice - size);
      piece.set(taken === part.length ? part : part.subarray(from, from + taken), size);
      from += taken;
      size += taken;
      if (size < slice) continue;
      yield piece;
      [piece, other] = [other ?? Buffer.allocUnsafeSlow(slice), piece];
      size = 0;
    }
  }
  if (small !== undefined) yield Buffer.concat(small, size);
  else if (size > 0) yield piece.subarray(0, size);
}

function fill(piece: Buffer, parts: readonly Uint8Array[]): void {
  let at = 0;
  for (const part of parts) {
    piece.set(part, at);
    at += part.length;
  }
}
