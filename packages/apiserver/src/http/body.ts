import type { Readable } from "node:stream";
import { StatusError } from "@bulkhead/api";
import type { Exchange } from "./exchange.ts";
import type { HttpLimits } from "./limits.ts";

const tooLarge = (limit: number): StatusError =>
  new StatusError({
    reason: "RequestEntityTooLarge",
    message: `Request entity too large: limit is ${limit}`,
  });

/** The whole request body, within its bounds of size and time. */
export function readBody(
  exchange: Exchange,
  limits: Pick<HttpLimits, "maxBodyBytes" | "bodyDeadline">,
): Promise<Buffer> {
  const announced = Number(exchange.headers["content-length"] ?? 0);
  if (announced > limits.maxBodyBytes) return Promise.reject(tooLarge(limits.maxBodyBytes));
  return collect(exchange.input, limits);
}

function collect(input: Readable, limits: Pick<HttpLimits, "maxBodyBytes" | "bodyDeadline">): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      input.removeListener("data", onData).removeListener("end", onEnd).removeListener("close", onClose);
      if (error === undefined) resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
      else {
        input.resume();
        reject(error);
      }
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limits.maxBodyBytes) settle(tooLarge(limits.maxBodyBytes));
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle();
    const onClose = (): void =>
      settle(new StatusError({ reason: "BadRequest", message: "the body ended before it was whole" }));
    const onError = (): void => onClose();
    const timer = setTimeout(
      () => settle(new StatusError({ reason: "Timeout", message: "the body did not arrive in time", code: 408 })),
      limits.bodyDeadline,
    );
    input.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onError);
  });
}
