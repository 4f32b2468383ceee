import { createHmac } from "node:crypto";
import { lookup as resolveName } from "node:dns";
import { request } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { BriefWebhook } from "@bulkhead/api";

/** What came of an attempt. `says` holds nothing of a Secret's and nothing that the other side wrote. */
export type Delivered = { readonly sent: true } | { readonly sent: false; readonly says: string };

export interface Delivery {
  readonly webhook: BriefWebhook;
  readonly contentType: string;
  readonly body: string;
  /** The same at every attempt for one period, so that the other side can tell. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Keys of the Secret that are asked for. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Why nothing may be sent to an address; undefined: it may. */
  readonly refusal: (address: string) => string | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds for all of it; default 15,000. */
  readonly patience?: number;
  /** How names are looked up; default the machine's own way. */
  readonly resolve?: typeof resolveName;
}

const largest = 256 << 10;
/** Of an answer nothing counts but its code; so much of it is taken. */
const answer = 64 << 10;
/** What belongs to the request itself. */
const ours =
  /^(host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|x-bulkhead-.*)$/i;

class Refused extends Error {}

/** Judges every address of a name, and hands on those very ones: what was judged is what is dialled. */
const judged =
  (refusal: Delivery["refusal"], resolve: typeof resolveName): LookupFunction =>
  (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, "", 0);
      const why = addresses.map(({ address }) => refusal(address)).find((each) => each !== undefined);
      const [first] = addresses;
      if (why !== undefined || first === undefined) return done(new Refused(why ?? "it has no address"), "", 0);
      if (options.all === true) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };

function headersOf({ webhook, contentType, body, id, now, secrets }: Delivery): Record<string, string> | string {
  const headers: Record<string, string> = {
    "content-type": contentType,
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "bulkhead",
    "x-bulkhead-delivery": id,
  };
  const { header, signature } = webhook;
  if (header !== undefined) {
    const value = secrets.get(header.secretKey)?.trim();
    if (ours.test(header.name)) return `webhook.header.name: ${header.name} is not to be set`;
    if (value === undefined) return `webhook.header: the Secret has no key ${header.secretKey}`;
    if (!/^[\x20-\x7e]{1,4096}$/.test(value))
      return `webhook.header: the key ${header.secretKey} holds no header's value`;
    headers[header.name.toLowerCase()] = value;
  }
  if (signature !== undefined) {
    const key = secrets.get(signature.secretKey);
    if (key === undefined || key === "") return `webhook.signature: the Secret has no key ${signature.secretKey}`;
    const time = String(Math.floor(now / 1000));
    headers["x-bulkhead-timestamp"] = time;
    headers["x-bulkhead-signature"] = `sha256=${createHmac("sha256", key).update(`${time}.${body}`).digest("hex")}`;
  }
  return headers;
}

/** The address of a webhook, or why it is none to send to. */
export function webhookUrl(text: string): URL | string {
  const url = URL.parse(text);
  if (url === null) return "webhook.url: is no address";
  if (url.protocol !== "https:") return "webhook.url: https alone is spoken";
  if (url.username !== "" || url.password !== "")
    return "webhook.url: no password stands in it; webhook.header names a Secret's key";
  return url;
}

/** Why a connection failed, in words of ours: no text of the other side's. */
function reasonOf(error: Error & { readonly code?: unknown }): string {
  if (error instanceof Refused) return `webhook.url: ${error.message}`;
  if (error.name === "AbortError") return "it did not answer in time";
  return `it cannot be reached (${typeof error.code === "string" ? error.code : error.name})`;
}

/** Sends once. No redirect is followed, TLS is verified, and time and sizes have their bounds. */
export async function deliver(delivery: Delivery): Promise<Delivered> {
  const { webhook, body, refusal, signal, patience = 15_000, resolve = resolveName } = delivery;
  const fail = (says: string): Delivered => ({ sent: false, says });
  const url = webhookUrl(webhook.url);
  if (typeof url === "string") return fail(url);
  const bare = url.hostname.replace(/^\[|\]$/g, "");
  const why = isIP(bare) === 0 ? undefined : refusal(bare);
  if (why !== undefined) return fail(`webhook.url: ${why}`);
  if (Buffer.byteLength(body) > largest) return fail("the brief is larger than 256 KiB");
  const headers = headersOf(delivery);
  if (typeof headers === "string") return fail(headers);
  const ended = new AbortController();
  const end = AbortSignal.any([signal, ended.signal]);
  const late = setTimeout(patience, undefined, { signal: end }).then(
    () => ended.abort(),
    () => undefined,
  );
  try {
    return await new Promise<Delivered>((settle) => {
      const sending = request(url, {
        method: "POST",
        headers,
        agent: false,
        signal: end,
        lookup: judged(refusal, resolve),
        ...(webhook.caBundle === undefined ? {} : { ca: Buffer.from(webhook.caBundle, "base64") }),
      });
      sending.on("error", (error) => settle(fail(reasonOf(error))));
      sending.on("response", (message) => {
        const code = message.statusCode ?? 0;
        const done = (): void =>
          settle(
            code >= 200 && code < 300
              ? { sent: true }
              : fail(
                  code >= 300 && code < 400
                    ? `it answered ${code}, and no redirect is followed`
                    : `it answered ${code}`,
                ),
          );
        let taken = 0;
        message.on("data", (part: Buffer) => {
          taken += part.length;
          if (taken <= answer) return;
          done();
          sending.destroy();
        });
        message.on("end", done);
        message.on("error", () => settle(fail("it broke off in its answer")));
      });
      sending.end(body);
    });
  } finally {
    ended.abort();
    await late;
  }
}
