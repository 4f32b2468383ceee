/** A registry that could not be asked; `absent`: it answered that there is no such thing. */
export class RegistryAnswer extends Error {
  readonly code: "absent" | "unreachable" | "too-large";
  constructor(code: RegistryAnswer["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "RegistryAnswer";
    this.code = code;
  }
}

const patience = 30_000;
const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whether a registry may be asked at that address; else why not. Plain HTTP never leaves the machine. */
export function registryFault(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return "is no URL";
  if (parsed.username !== "" || parsed.password !== "")
    return "holds a user or password; nothing is sent to a registry";
  if (parsed.search !== "" || parsed.hash !== "") return "has a query or fragment";
  if (parsed.protocol === "https:" || (parsed.protocol === "http:" && loopback.test(parsed.hostname))) return undefined;
  return "is neither https nor plain http on loopback";
}

/** One document of a registry, of at most `limit` bytes. No redirect is followed. Throws RegistryAnswer. */
export async function fetchDocument(registry: string, path: string, limit: number): Promise<Buffer> {
  const url = `${registry.replace(/\/+$/, "")}/${path}`;
  try {
    const answer = await fetch(url, {
      headers: { accept: "application/vnd.npm.install-v1+json, application/json;q=0.8", "user-agent": "bulkhead" },
      redirect: "error",
      signal: AbortSignal.timeout(patience),
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new RegistryAnswer(
        answer.status === 404 ? "absent" : "unreachable",
        `${url} answered with status ${answer.status}`,
      );
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of answer.body ?? []) {
      size += part.length;
      if (size > limit) throw new RegistryAnswer("too-large", `${url} has more than ${limit} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (error instanceof RegistryAnswer) throw error;
    throw new RegistryAnswer("unreachable", `${url} did not answer, or broke off`, error);
  }
}
