import { type BuiltImage, ociManifest } from "../build/image.ts";
import { sha256 } from "../build/layer.ts";
import type { Answer } from "./http-exchange.ts";
import { RegistryError } from "./registry-error.ts";
import { openSession, type RegistryCredential } from "./registry-session.ts";

export interface RegistryOptions {
  /** `127.0.0.1:6445`, `registry.example.com`. */
  readonly host: string;
  /** PEM of the registry's own authority: no other counts for it. */
  readonly ca?: string;
  readonly credentials?: RegistryCredential;
  /** Gets a bearer token for a scope (`repository:NAME:pull,push`) where the registry asks for one; its realm is not asked. */
  readonly tokenFor?: (scope: string) => Promise<string>;
  /** Plain HTTP: only where a person configured it. */
  readonly plainHttp?: boolean;
  /** Milliseconds of silence in one request; default 30,000. */
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
  /** A blob as it comes, of any size. Its digest is for the reader to check; a chunk is valid until the next. */
  stream(repository: string, digest: string): AsyncIterable<Uint8Array>;
  /** Tags of a repository, at most `limit` (default 10,000), in the registry's order. */
  tags(repository: string, limit?: number): Promise<readonly string[]>;
  /**
   * The referrers API's image index for a manifest (signatures, attestations, SBOMs), JSON bytes; undefined where the
   * registry does not have that API.
   */
  referrers(repository: string, digest: string): Promise<Uint8Array | undefined>;
  /** Uploads a blob as it streams where the registry lacks it; the registry checks its digest. */
  copy(repository: string, digest: string, open: () => AsyncIterable<Uint8Array>): Promise<void>;
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

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
const next = /<([^>]+)>\s*;\s*rel="?next"?/i;

export function createRegistryClient(options: RegistryOptions): RegistryClient {
  const { base, call, stream } = openSession(options);

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

  async function* streamed(repository: string, digest: string): AsyncGenerator<Uint8Array> {
    const what = `${options.host}/${repository}@${digest}`;
    if (!digestForm.test(digest)) throw new RegistryError("malformed", `${what}: no sha256 digest`);
    const answer = await stream(
      { method: "GET", url: new URL(`${repository}/blobs/${digest}`, base), limit: manifestLimit },
      `repository:${repository}:pull`,
    );
    if ("status" in answer) throw refusal(answer, what);
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      throw new RegistryError("unreachable", `${what}: the registry broke off`, error);
    } finally {
      answer.destroy();
    }
  }

  async function tags(repository: string, limit = 10_000): Promise<string[]> {
    const found: string[] = [];
    let url: URL | undefined = new URL(`${repository}/tags/list?n=1000`, base);
    for (let pages = 0; url !== undefined && found.length < limit && pages < 1000; pages++) {
      const answer: Answer = await call({ method: "GET", url, limit: manifestLimit }, `repository:${repository}:pull`);
      if (answer.status !== 200) throw refusal(answer, `${options.host}/${repository}`);
      const listed = jsonOf(answer.body, `${options.host}/${repository}: its tags`)["tags"];
      if (Array.isArray(listed)) found.push(...(listed as unknown[]).filter((t): t is string => typeof t === "string"));
      const link: string | undefined = next.exec(one(answer.headers["link"]) ?? "")?.[1];
      const further: URL | undefined =
        link !== undefined && URL.canParse(link, base.href) ? new URL(link, base) : undefined;
      url = further?.host === base.host ? further : undefined;
    }
    return found.slice(0, limit);
  }

  async function referrers(repository: string, digest: string): Promise<Uint8Array | undefined> {
    const what = `${options.host}/${repository}@${digest}`;
    if (!digestForm.test(digest)) throw new RegistryError("malformed", `${what}: no sha256 digest`);
    const answer = await call(
      {
        method: "GET",
        url: new URL(`${repository}/referrers/${digest}`, base),
        headers: { accept: "application/vnd.oci.image.index.v1+json" },
        limit: manifestLimit,
      },
      `repository:${repository}:pull`,
    );
    // Registries without the API answer with any of these.
    if (answer.status === 404 || answer.status === 400 || answer.status === 405) return undefined;
    if (answer.status !== 200) throw refusal(answer, what);
    return answer.body;
  }

  async function upload(
    repository: string,
    digest: string,
    content: { readonly body: Uint8Array } | { readonly streamed: () => AsyncIterable<Uint8Array> },
    what: string,
  ): Promise<void> {
    const scope = `repository:${repository}:pull,push`;
    const there = await call({ method: "HEAD", url: new URL(`${repository}/blobs/${digest}`, base), limit: 0 }, scope);
    if (there.status === 200) return;
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
    url.searchParams.set("digest", digest);
    const done = await call(
      {
        method: "PUT",
        url,
        headers: { "content-type": "application/octet-stream" },
        ...("body" in content ? { body: content.body } : { streamed: content.streamed() }),
        limit: manifestLimit,
      },
      scope,
    );
    if (done.status !== 201) throw refusal(done, what);
  }

  async function push(repository: string, tag: string, image: BuiltImage): Promise<string> {
    const scope = `repository:${repository}:pull,push`;
    const what = `${options.host}/${repository}:${tag}`;
    for (const part of image.blobs) await upload(repository, part.digest, { body: part.bytes }, what);
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

  const copy: RegistryClient["copy"] = (repository, digest, open) =>
    upload(repository, digest, { streamed: open }, `${options.host}/${repository}@${digest}`);

  return { resolve, blob, stream: streamed, tags, referrers, copy, push };
}

function jsonOf(bytes: Buffer, what: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw new RegistryError("malformed", `${what} are no JSON`, error);
  }
  throw new RegistryError("malformed", `${what} are no JSON object`);
}
