import { badRequest, StatusError } from "@bulkhead/api";
import { bearerOf } from "../authentication/authenticator.ts";
import { readBody } from "../http/body.ts";
import type { Exchange } from "../http/exchange.ts";

/** A request for a token whose credential stands in its body (distribution's OAuth2 POST). */
export interface TokenForm {
  readonly bytes: Buffer;
  /** The Kubernetes bearer token that is shown as password or refresh token; undefined: none. */
  readonly bearer: string | undefined;
}

/** Nobody is known yet while such a body is read: small, soon, and few at a time. */
const limits = { maxBodyBytes: 24 << 10, bodyDeadline: 5_000 };
const atOnce = 16;

export const isForm = (type: string | undefined): boolean =>
  /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type ?? "");

/** What of a form shows who asks: `password`, or `refresh_token`, by its `grant_type`. Throws 400 for another grant. */
export function formBearer(bytes: Buffer): string | undefined {
  const form = new URLSearchParams(bytes.toString("utf8"));
  const grant = form.get("grant_type");
  if (grant !== "password" && grant !== "refresh_token")
    throw badRequest("grant_type: password or refresh_token, each a Kubernetes bearer token");
  const shown = form.get(grant);
  return shown === null || shown === "" ? undefined : bearerOf(`Bearer ${shown}`);
}

/** Reads such forms for one server. */
export function createTokenForms(): (exchange: Exchange) => Promise<TokenForm> {
  let reading = 0;
  return async (exchange) => {
    if (reading >= atOnce)
      throw new StatusError({ reason: "TooManyRequests", message: "too many ask for registry tokens at once" });
    reading++;
    try {
      const bytes = await readBody(exchange, limits);
      return { bytes, bearer: formBearer(bytes) };
    } finally {
      reading--;
    }
  };
}
