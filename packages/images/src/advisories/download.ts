import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { AdvisoryError } from "./advisory-error.ts";

export interface DownloadOptions {
  readonly url: string;
  /** Where the whole file will lie; what is there so far lies beside it as `.part`. */
  readonly to: string;
  /** Of what we have: then nothing is fetched where nothing changed. */
  readonly etag?: string;
  readonly mostBytes?: number;
  /** Plain HTTP to other machines: only where a person asked for it. */
  readonly plainHttp: boolean;
  readonly signal?: AbortSignal;
}

export type Download =
  | { readonly outcome: "unchanged" | "absent" }
  | { readonly outcome: "fetched"; readonly etag?: string; readonly modified?: number };

const attempts = 3;
const idle = 60_000;
const mostRedirects = 3;
const defaultMostBytes = 4 * 2 ** 30;

/**
 * Fetches a file from a mirror; a transfer that broke off goes on where it stopped, if the file is still the same.
 * No credentials are sent, and a redirect leads to the same host only.
 */
export async function download(options: DownloadOptions): Promise<Download> {
  await mkdir(dirname(options.to), { recursive: true, mode: 0o700 });
  let last: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      return await transfer(options);
    } catch (error) {
      if (error instanceof AdvisoryError || options.signal?.aborted === true) throw error;
      last = error;
    }
  }
  throw new AdvisoryError("unreachable", `${options.url} did not answer, or broke off ${attempts} times`, last);
}

async function transfer({
  url,
  to,
  etag,
  mostBytes = defaultMostBytes,
  plainHttp,
  signal,
}: DownloadOptions): Promise<Download> {
  const part = `${to}.part`;
  const had = await partOf(part);
  const headers: Record<string, string> = { "accept-encoding": "identity", "user-agent": "bulkhead" };
  if (had !== undefined) {
    headers["range"] = `bytes=${had.size}-`;
    headers["if-range"] = had.etag;
  } else if (etag !== undefined) headers["if-none-match"] = etag;
  const watch = new AbortController();
  const both = signal === undefined ? watch.signal : AbortSignal.any([watch.signal, signal]);
  let timer = setTimeout(() => watch.abort(), idle);
  try {
    const answer = await ask(url, headers, plainHttp, both);
    const newTag = answer.headers.get("etag") ?? undefined;
    if (answer.status === 304) return { outcome: "unchanged" };
    if (answer.status === 404) return { outcome: "absent" };
    if (answer.status === 416 && had !== undefined) {
      await forget(part);
      throw new Error("what was fetched so far fits no more");
    }
    if (answer.status !== 200 && answer.status !== 206)
      throw answer.status >= 500 || answer.status === 429
        ? new Error(`status ${answer.status}`)
        : new AdvisoryError("unreachable", `${url} answered with status ${answer.status}`);
    const goesOn = answer.status === 206 && had !== undefined;
    let size = goesOn ? had.size : 0;
    if (newTag !== undefined && !goesOn) await writeFile(`${part}.etag`, newTag, { mode: 0o600 });
    if (answer.body === null) throw new Error("no body");
    const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        clearTimeout(timer);
        timer = setTimeout(() => watch.abort(), idle);
        size += chunk.length;
        if (size > mostBytes) throw new AdvisoryError("too-large", `${url} has more than ${mostBytes} bytes`);
        yield chunk;
      }
    };
    await pipeline(
      Readable.fromWeb(answer.body as ReadableStream<Uint8Array>),
      counted,
      createWriteStream(part, { flags: goesOn ? "a" : "w", mode: 0o600 }),
    );
    await rename(part, to);
    await rm(`${part}.etag`, { force: true });
    const modified = Date.parse(answer.headers.get("last-modified") ?? "");
    return {
      outcome: "fetched",
      ...(newTag === undefined ? {} : { etag: newTag }),
      ...(Number.isNaN(modified) ? {} : { modified }),
    };
  } catch (error) {
    if (error instanceof AdvisoryError && error.code === "too-large") await forget(part);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function partOf(part: string): Promise<{ size: number; etag: string } | undefined> {
  try {
    const { size } = await stat(part);
    const etag = await readFile(`${part}.etag`, "utf8");
    // A weak tag does not promise the same bytes.
    return size === 0 || etag === "" || etag.startsWith("W/") ? undefined : { size, etag };
  } catch {
    return undefined;
  }
}

async function forget(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.etag`, { force: true });
}

const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

async function ask(
  url: string,
  headers: Record<string, string>,
  plainHttp: boolean,
  signal: AbortSignal,
): Promise<Response> {
  let at = new URL(url);
  for (let hop = 0; hop <= mostRedirects; hop++) {
    if (at.protocol !== "https:" && !(at.protocol === "http:" && (plainHttp || loopback.test(at.hostname))))
      throw new AdvisoryError("unreachable", `${at.href}: only https, or plain http where it was asked for`);
    const answer = await fetch(at, { headers, redirect: "manual", signal });
    const next = answer.headers.get("location");
    if (answer.status < 301 || answer.status > 308 || answer.status === 304 || next === null) return answer;
    await answer.body?.cancel();
    const target = new URL(next, at);
    if (target.host !== at.host || target.protocol !== at.protocol)
      throw new AdvisoryError("unreachable", `${at.href} leads to another host, ${target.host}: name that one instead`);
    at = target;
  }
  throw new AdvisoryError("unreachable", `${url} leads from one address to the next without end`);
}
