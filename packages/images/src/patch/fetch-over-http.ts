import type { FetchFile } from "./fetch-file.ts";
import { PatchError } from "./patch-error.ts";

export interface HttpFetching {
  /** Milliseconds that one file may take; default five minutes. */
  readonly timeout?: number;
  /** Whether an address may be asked. */
  readonly allowed: (url: string) => boolean;
}

const redirectsLimit = 3;

/** Gets files of repositories over HTTP. A redirect is followed only to where it may ask as well. */
export function fetchOverHttp({ timeout = 300_000, allowed }: HttpFetching): FetchFile {
  return async (first, limit) => {
    let url = first;
    for (let redirects = 0; ; redirects++) {
      if (!allowed(url)) throw new PatchError("unreachable", `${url}: no repository that is configured`);
      let answer: Response;
      try {
        answer = await fetch(url, {
          redirect: "manual",
          signal: AbortSignal.timeout(timeout),
          headers: { "user-agent": "bulkhead" },
        });
      } catch (error) {
        throw new PatchError("unreachable", `${url} cannot be reached`, error);
      }
      const location = answer.headers.get("location");
      if (answer.status >= 300 && answer.status < 400 && location !== null) {
        await answer.body?.cancel();
        if (redirects === redirectsLimit || !URL.canParse(location, url))
          throw new PatchError("unreachable", `${first}: it leads on and on`);
        url = new URL(location, url).href;
        continue;
      }
      if (answer.status === 404 || answer.status === 410) {
        await answer.body?.cancel();
        throw new PatchError("absent", `${url}: not there`);
      }
      if (answer.status !== 200 || answer.body === null) {
        await answer.body?.cancel();
        throw new PatchError("unreachable", `${url}: the mirror answers ${answer.status}`);
      }
      return readWhole(answer.body, limit, url);
    }
  };
}

async function readWhole(body: ReadableStream<Uint8Array>, limit: number, url: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      size += part.length;
      if (size > limit) throw new PatchError("limit", `${url}: more than ${limit} bytes`);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof PatchError) throw error;
    throw new PatchError("unreachable", `${url}: the mirror broke off`, error);
  }
  return Buffer.concat(parts);
}
