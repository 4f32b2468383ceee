import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writeDurably } from "@bulkhead/host";

/** Which digests ran in which namespaces: what ran once is not refused because more is known of it. */
export interface RanBefore {
  has(namespace: string, digest: string): boolean;
  /** The namespaces where a digest ran. */
  namespacesOf(digest: string): readonly string[];
  /** Resolves when it is on disk. */
  add(namespace: string, digest: string): Promise<void>;
  /** Drops namespaces that are gone. */
  keep(namespaces: ReadonlySet<string>): Promise<void>;
}

/** Beyond it the namespaces' oldest are forgotten. */
const mostOfNamespace = 5000;
const line = /^([\w-]{1,128}) (sha256:[0-9a-f]{64})$/;

/** A file of lines `NAMESPACE-UID DIGEST`, oldest first. A line that a power cut tore is none. */
export async function openRanBefore(path: string): Promise<RanBefore> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const known = new Map<string, Set<string>>();
  let writing: Promise<void> = Promise.resolve();

  const remember = (namespace: string, digest: string): void => {
    const digests = known.get(namespace) ?? new Set();
    known.set(namespace, digests);
    digests.add(digest);
    const [oldest] = digests;
    if (digests.size > mostOfNamespace && oldest !== undefined) digests.delete(oldest);
  };
  const serial = (work: () => Promise<void>): Promise<void> => {
    const done = writing.then(work);
    writing = done.catch(() => undefined);
    return done;
  };
  const rewrite = (): Promise<void> => {
    const lines = [...known].flatMap(([namespace, digests]) =>
      [...digests].map((digest) => `${namespace} ${digest}\n`),
    );
    return writeDurably(path, lines.join(""), 0o600);
  };

  for (const each of text.split("\n")) {
    const [, namespace, digest] = line.exec(each) ?? [];
    if (namespace !== undefined && digest !== undefined) remember(namespace, digest);
  }
  // What was torn or forgotten goes, so that the next line stands on one of its own.
  await rewrite();

  return {
    has: (namespace, digest) => known.get(namespace)?.has(digest) === true,
    namespacesOf: (digest) => [...known].filter(([, digests]) => digests.has(digest)).map(([namespace]) => namespace),
    add: (namespace, digest) => {
      const entry = `${namespace} ${digest}`;
      if (!line.test(entry)) throw new TypeError(`${entry} names no digest of a namespace`);
      if (known.get(namespace)?.has(digest) === true) return Promise.resolve();
      remember(namespace, digest);
      return serial(async () => {
        const file = await open(path, "a", 0o600);
        try {
          await file.write(`${entry}\n`);
          await file.datasync();
        } finally {
          await file.close();
        }
      });
    },
    keep: (namespaces) => {
      const gone = [...known.keys()].filter((namespace) => !namespaces.has(namespace));
      if (gone.length === 0) return Promise.resolve();
      for (const namespace of gone) known.delete(namespace);
      return serial(rewrite);
    },
  };
}
