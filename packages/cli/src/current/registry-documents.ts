import { open } from "node:fs/promises";

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

const address = (registry: string, path: string): string => `${registry.replace(/\/+$/, "")}/${path}`;

/** How long a whole archive may take. */
const archivePatience = 600_000;

/** One document of a registry, of at most `limit` bytes. No redirect is followed. Throws RegistryAnswer. */
export async function fetchDocument(registry: string, path: string, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  await fetched(address(registry, path), limit, patience, (part) => void parts.push(part));
  return Buffer.concat(parts);
}

/** One file of a registry, of at most `limit` bytes, into a file that must not exist. Throws RegistryAnswer. */
export async function fetchFile(registry: string, path: string, limit: number, into: string): Promise<void> {
  const file = await open(into, "wx", 0o600);
  try {
    await fetched(address(registry, path), limit, archivePatience, (part) => file.writeFile(part));
  } finally {
    await file.close();
  }
}

async function fetched(
  url: string,
  limit: number,
  timeout: number,
  take: (part: Uint8Array) => void | Promise<void>,
): Promise<void> {
  try {
    const answer = await fetch(url, {
      headers: {
        accept: "application/vnd.npm.install-v1+json, application/json;q=0.8, */*;q=0.1",
        "user-agent": "bulkhead",
      },
      redirect: "error",
      signal: AbortSignal.timeout(timeout),
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new RegistryAnswer(
        answer.status === 404 ? "absent" : "unreachable",
        `${url} answered with status ${answer.status}`,
      );
    }
    let size = 0;
    for await (const part of answer.body ?? []) {
      size += part.length;
      if (size > limit) throw new RegistryAnswer("too-large", `${url} has more than ${limit} bytes`);
      await take(part);
    }
  } catch (error) {
    if (error instanceof RegistryAnswer) throw error;
    throw new RegistryAnswer("unreachable", `${url} did not answer, or broke off`, error);
  }
}
