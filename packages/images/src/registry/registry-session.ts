import type { IncomingMessage } from "node:http";
import { type Answer, type Ask, createExchange, header, isInside } from "./http-exchange.ts";
import { RegistryError } from "./registry-error.ts";

export interface RegistryCredential {
  readonly username: string;
  readonly password: string;
  /** A refresh token of the token service, in the place of a password (Docker's `identitytoken`). */
  readonly identityToken?: string;
}

export interface SessionOptions {
  readonly host: string;
  readonly ca?: string;
  readonly credentials?: RegistryCredential;
  /** Gets a bearer token for a scope (`repository:NAME:pull,push`) where the registry asks for one; its realm is not asked. */
  readonly tokenFor?: (scope: string) => Promise<string>;
  readonly plainHttp?: boolean;
  readonly timeout?: number;
}

/** Requests to one registry, authenticated as it asks for. */
export interface RegistrySession {
  readonly base: URL;
  readonly call: (ask: Ask, scope: string) => Promise<Answer>;
  /** A GET whose 200 streams. */
  readonly stream: (ask: Ask, scope: string) => Promise<Answer | IncomingMessage>;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const redirectsLimit = 3;
const tokensLimit = 1000;
const tokenAnswerLimit = 1 << 20;

const isRedirect = (answer: Answer | IncomingMessage): answer is Answer =>
  "status" in answer && redirects.has(answer.status);
const isRefused = (answer: Answer | IncomingMessage): answer is Answer => "status" in answer && answer.status === 401;

/**
 * Credentials are sent to the registry's own host when it asks for them, and to the token service that it names over
 * TLS (over plain HTTP only on that same host). A redirect carries none anywhere.
 */
export function openSession(options: SessionOptions): RegistrySession {
  const plain = options.plainHttp === true;
  const base = new URL(`${plain ? "http" : "https"}://${options.host}/v2/`);
  const exchange = createExchange(options);
  const tokens = new Map<string, { readonly token: string; readonly until: number }>();
  const { credentials } = options;
  let asksBasic = false;
  const basic =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  /** A registry on this machine may send us to this machine; another may not. */
  const local = isInside(base.hostname.replace(/^\[|\]$/g, "")) || base.hostname === "localhost";
  const reach = (url: URL): "anywhere" | "no-inside" => (local || url.host === base.host ? "anywhere" : "no-inside");

  async function bearer(challenge: string, scope: string): Promise<string> {
    if (options.tokenFor !== undefined) return keep(scope, await options.tokenFor(scope), 60);
    const field = (name: string): string | undefined =>
      new RegExp(`(?:^|[\\s,])${name}="([^"]*)"`, "i").exec(challenge)?.[1];
    const realm = field("realm");
    if (realm === undefined || !URL.canParse(realm))
      throw new RegistryError("malformed", `registry ${options.host}: its challenge names no realm`);
    const url = new URL(realm);
    const sameHost = plain && url.hostname === base.hostname;
    if (url.protocol !== "https:" && !(url.protocol === "http:" && sameHost))
      throw new RegistryError("refused", `registry ${options.host}: its token service ${url.host} is not on HTTPS`);
    const service = field("service");
    let ask: Ask;
    if (credentials?.identityToken !== undefined && credentials.identityToken !== "") {
      const form = new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: credentials.identityToken,
        client_id: "bulkhead",
        scope,
        ...(service === undefined ? {} : { service }),
      });
      ask = {
        method: "POST",
        url,
        body: Buffer.from(form.toString()),
        headers: { "content-type": "application/x-www-form-urlencoded" },
        limit: tokenAnswerLimit,
      };
    } else {
      if (service !== undefined) url.searchParams.set("service", service);
      url.searchParams.set("scope", scope);
      ask = {
        method: "GET",
        url,
        limit: tokenAnswerLimit,
        ...(basic === undefined ? {} : { headers: { authorization: basic } }),
      };
    }
    const answer = await exchange.whole(ask, reach(url));
    if (answer.status !== 200)
      throw new RegistryError(
        "unauthorized",
        `registry ${options.host}: its token service answered ${answer.status}; check the pull secret`,
      );
    const { token, seconds } = tokenOf(answer.body, options.host);
    return keep(scope, token, seconds);
  }

  function keep(scope: string, token: string, seconds: number): string {
    if (tokens.size >= tokensLimit) tokens.clear();
    tokens.set(scope, { token, until: performance.now() + Math.max(10, seconds - 10) * 1000 });
    return token;
  }

  /** Sends with what is known, and once more with what the registry asks for. */
  async function authenticated<T extends Answer | IncomingMessage>(
    send: (ask: Ask) => Promise<T>,
    ask: Ask,
    scope: string,
  ): Promise<T> {
    const known = tokens.get(scope);
    const authorization =
      known !== undefined && known.until > performance.now() ? `Bearer ${known.token}` : asksBasic ? basic : undefined;
    const first = await send(
      authorization === undefined ? ask : { ...ask, headers: { ...ask.headers, authorization } },
    );
    if (!isRefused(first)) return first;
    const challenge = header(first, "www-authenticate") ?? "";
    if (/^bearer /i.test(challenge)) {
      tokens.delete(scope);
      return send({ ...ask, headers: { ...ask.headers, authorization: `Bearer ${await bearer(challenge, scope)}` } });
    }
    if (!/^basic/i.test(challenge) || basic === undefined || authorization === basic) return first;
    asksBasic = true;
    return send({ ...ask, headers: { ...ask.headers, authorization: basic } });
  }

  async function followed<T extends Answer | IncomingMessage>(
    send: (ask: Ask, to: "anywhere" | "no-inside") => Promise<T>,
    ask: Ask,
    scope: string,
  ): Promise<T> {
    let answer = await authenticated((a) => send(a, "anywhere"), ask, scope);
    let { url } = ask;
    for (let n = 0; isRedirect(answer) && ask.method === "GET"; n++) {
      const location = header(answer, "location");
      if (location === undefined || !URL.canParse(location, url.href)) return answer;
      if (n === redirectsLimit)
        throw new RegistryError("refused", `registry ${options.host}: more than ${redirectsLimit} redirects`);
      url = new URL(location, url);
      if (url.protocol !== "https:" && !(plain && url.protocol === "http:"))
        throw new RegistryError("refused", `registry ${options.host}: it sends us to ${url.host} without HTTPS`);
      // A blob may lie elsewhere; no credential goes there.
      answer = await send({ ...ask, url, headers: {} }, reach(url));
    }
    return answer;
  }

  return {
    base,
    call: (ask, scope) => followed((a, to) => exchange.whole(a, to), ask, scope),
    stream: (ask, scope) => followed((a, to) => exchange.streamed(a, to), ask, scope),
  };
}

function tokenOf(body: Buffer, host: string): { readonly token: string; readonly seconds: number } {
  const bad = (cause?: unknown): RegistryError =>
    new RegistryError("malformed", `registry ${host}: its token service gave no token`, cause);
  let fields: { readonly token?: unknown; readonly access_token?: unknown; readonly expires_in?: unknown };
  try {
    fields = (JSON.parse(body.toString("utf8")) ?? {}) as typeof fields;
  } catch (error) {
    throw bad(error);
  }
  const token = fields.token ?? fields.access_token;
  // A token with a line break in it would be two headers.
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) throw bad();
  return { token, seconds: typeof fields.expires_in === "number" ? fields.expires_in : 60 };
}
