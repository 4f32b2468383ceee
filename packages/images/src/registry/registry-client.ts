import { type ClientRequestArgs, request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { type BuiltImage, ociManifest } from "../build/image.ts";
import { sha256 } from "../build/layer.ts";
import { RegistryError } from "./registry-error.ts";

export interface RegistryOptions {
  /** `127.0.0.1:6445`, `registry.example.com`. */
  readonly host: string;
  /** PEM of the authority to trust besides the system's. */
  readonly ca?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Plain HTTP: only where a person configured it. */
  readonly plainHttp?: boolean;
  /** Milliseconds for one request; default 30,000. */
  readonly timeout?: number;
}

/** What a tag or digest names. */
export interface ResolvedManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A client of one registry (OCI distribution). Credentials go to that host alone, and to the token service it names over TLS. */
export interface RegistryClient {
  /** GET of a manifest; its digest is computed here and checked against `Docker-Content-Digest` and the reference. */
  resolve(repository: string, reference: string): Promise<ResolvedManifest>;
  /** A blob whole, at most `limit` bytes, checked against its digest. */
  blob(repository: string, digest: string, limit: number): Promise<Uint8Array>;
  /** Uploads what the registry lacks, then the manifest under the tag. Returns the manifest's digest. */
  push(repository: string, tag: string, image: BuiltImage): Promise<string>;
}

const manifestTypes = [
  ociManifest,
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const manifestLimit = 4 << 20;
const digestForm = /^sha256:[0-9a-f]{64}$/;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

interface Ask {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly limit: number;
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

export function createRegistryClient(options: RegistryOptions): RegistryClient {
  const scheme = options.plainHttp === true ? "http" : "https";
  const base = new URL(`${scheme}://${options.host}/v2/`);
  const tokens = new Map<string, { readonly token: string; readonly until: number }>();
  const basic =
    options.credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${options.credentials.username}:${options.credentials.password}`).toString("base64")}`;

  const send = (ask: Ask): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const settings: RequestOptions & ClientRequestArgs = {
        method: ask.method,
        headers: {
          "user-agent": "bulkhead",
          ...ask.headers,
          ...(ask.body === undefined ? {} : { "content-length": ask.body.length }),
        },
        timeout: options.timeout ?? 30_000,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      };
      const request = (ask.url.protocol === "http:" ? httpRequest : httpsRequest)(ask.url, settings, (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on("data", (part: Buffer) => {
          size += part.length;
          if (size > ask.limit)
            request.destroy(
              new RegistryError("too-large", `${ask.url.host}${ask.url.pathname}: more than ${ask.limit} bytes`),
            );
          else parts.push(part);
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        );
        response.on("error", fail);
      });
      const fail = (error: Error): void =>
        reject(
          error instanceof RegistryError
            ? error
            : new RegistryError("unreachable", `registry ${ask.url.host} cannot be reached: ${error.message}`, error),
        );
      request.on("timeout", () => request.destroy(new Error("it did not answer in time")));
      request.on("error", fail);
      request.end(ask.body);
    });

  /** A bearer token from the service that the challenge names: over TLS only, unless the registry itself is plain. */
  async function bearer(challenge: string, scope: string): Promise<string> {
    const field = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
    const realm = field("realm");
    if (realm === undefined)
      throw new RegistryError("malformed", `registry ${options.host}: its challenge names no realm`);
    const known = tokens.get(scope);
    if (known !== undefined && known.until > performance.now()) return known.token;
    const url = new URL(realm);
    if (url.protocol !== "https:" && options.plainHttp !== true)
      throw new RegistryError("refused", `registry ${options.host}: its token service ${url.host} is not on HTTPS`);
    const service = field("service");
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", scope);
    const answer = await send({
      method: "GET",
      url,
      limit: 1 << 20,
      ...(basic === undefined ? {} : { headers: { authorization: basic } }),
    });
    if (answer.status !== 200)
      throw new RegistryError(
        "unauthorized",
        `registry ${options.host}: its token service answered ${answer.status}; check the pull secret`,
      );
    const body = JSON.parse(answer.body.toString("utf8")) as {
      token?: string;
      access_token?: string;
      expires_in?: number;
    };
    const token = body.token ?? body.access_token;
    if (token === undefined)
      throw new RegistryError("malformed", `registry ${options.host}: its token service gave no token`);
    tokens.set(scope, { token, until: performance.now() + Math.max(10, (body.expires_in ?? 60) - 10) * 1000 });
    return token;
  }

  async function call(ask: Ask, scope: string): Promise<Answer> {
    const local = ask.url.host === base.host;
    const first = await send(
      local && basic !== undefined ? { ...ask, headers: { ...ask.headers, authorization: basic } } : ask,
    );
    if (first.status === 307 || first.status === 302) {
      const location = one(first.headers["location"]);
      if (location === undefined || ask.method !== "GET") return first;
      const elsewhere = new URL(location, ask.url);
      if (elsewhere.protocol !== "https:" && options.plainHttp !== true)
        throw new RegistryError("refused", `registry ${options.host}: it sends us to ${elsewhere.host} without HTTPS`);
      // A blob may lie elsewhere; no credential goes there.
      return send({ ...ask, url: elsewhere, headers: {} });
    }
    if (first.status !== 401 || !local) return first;
    const challenge = one(first.headers["www-authenticate"]) ?? "";
    if (!/^bearer /i.test(challenge)) return first;
    return send({ ...ask, headers: { ...ask.headers, authorization: `Bearer ${await bearer(challenge, scope)}` } });
  }

  const refusal = (answer: Answer, what: string): RegistryError => {
    const said = answer.body.toString("utf8", 0, 300).replace(/[^\x20-\x7e]+/g, " ");
    if (answer.status === 401 || answer.status === 403)
      return new RegistryError("unauthorized", `${what}: the registry wants other credentials (${answer.status})`);
    if (answer.status === 404) return new RegistryError("absent", `${what}: not there`);
    return new RegistryError("refused", `${what}: the registry answered ${answer.status}: ${said}`);
  };

  async function resolve(repository: string, reference: string): Promise<ResolvedManifest> {
    const what = `${options.host}/${repository}${reference.includes(":") ? "@" : ":"}${reference}`;
    const answer = await call(
      {
        method: "GET",
        url: new URL(`${repository}/manifests/${reference}`, base),
        headers: { accept: manifestTypes.join(", ") },
        limit: manifestLimit,
      },
      `repository:${repository}:pull`,
    );
    if (answer.status !== 200) throw refusal(answer, what);
    const digest = sha256(answer.body);
    const claimed = one(answer.headers["docker-content-digest"]);
    for (const other of [claimed, digestForm.test(reference) ? reference : undefined])
      if (other !== undefined && other !== digest)
        throw new RegistryError("digest-mismatch", `${what}: the registry sent ${digest} under the name ${other}`);
    return { digest, mediaType: one(answer.headers["content-type"]) ?? "", bytes: answer.body };
  }

  async function blob(repository: string, digest: string, limit: number): Promise<Uint8Array> {
    const answer = await call(
      { method: "GET", url: new URL(`${repository}/blobs/${digest}`, base), limit },
      `repository:${repository}:pull`,
    );
    if (answer.status !== 200) throw refusal(answer, `${options.host}/${repository}@${digest}`);
    if (sha256(answer.body) !== digest)
      throw new RegistryError(
        "digest-mismatch",
        `${options.host}/${repository}@${digest}: the bytes have another digest`,
      );
    return answer.body;
  }

  async function push(repository: string, tag: string, image: BuiltImage): Promise<string> {
    const scope = `repository:${repository}:pull,push`;
    const what = `${options.host}/${repository}:${tag}`;
    for (const part of image.blobs) {
      const there = await call(
        { method: "HEAD", url: new URL(`${repository}/blobs/${part.digest}`, base), limit: 0 },
        scope,
      );
      if (there.status === 200) continue;
      const begun = await call(
        {
          method: "POST",
          url: new URL(`${repository}/blobs/uploads/`, base),
          body: new Uint8Array(),
          limit: manifestLimit,
        },
        scope,
      );
      const location = one(begun.headers["location"]);
      if (begun.status !== 202 || location === undefined) throw refusal(begun, what);
      const url = new URL(location, base);
      if (url.host !== base.host)
        throw new RegistryError("refused", `${what}: the registry wants the upload sent to ${url.host}`);
      url.searchParams.set("digest", part.digest);
      const done = await call(
        {
          method: "PUT",
          url,
          headers: { "content-type": "application/octet-stream" },
          body: part.bytes,
          limit: manifestLimit,
        },
        scope,
      );
      if (done.status !== 201) throw refusal(done, what);
    }
    const answer = await call(
      {
        method: "PUT",
        url: new URL(`${repository}/manifests/${tag}`, base),
        headers: { "content-type": image.manifest.mediaType },
        body: image.manifest.bytes,
        limit: manifestLimit,
      },
      scope,
    );
    if (answer.status !== 201) throw refusal(answer, what);
    return image.manifest.digest;
  }

  return { resolve, blob, push };
}
