import { createHash } from "node:crypto";
import type { Log, Pod } from "@bulkhead/api";
import { containersRunningOn } from "../pods/running-containers.ts";
import type { JobInUse } from "./job.ts";
import { loadedFiles } from "./loaded-files.ts";

export interface InUseOptions {
  /** All pods that are known. */
  readonly pods: () => readonly Pod[];
  readonly nodeName: string;
  /** Called when more is known of what images have loaded. */
  readonly onChange: () => void;
  readonly log: Log;
  readonly now?: () => number;
  /** Default `/proc`. */
  readonly proc?: string;
  /** Milliseconds after a container's start, and between two looks; default 20 seconds and 5 minutes. */
  readonly pace?: { readonly after: number; readonly every: number };
}

/** Which files of which image the processes of its containers have loaded, over all its pods here. */
export interface InUse {
  /** Pods have changed: a new container is looked at soon. */
  wake(): void;
  /** Another text whenever an image's files in use are others than before; empty: nobody looked yet. */
  stamp(digest: string): string;
  /** For the next job about an image; undefined: nobody looked yet. */
  job(digest: string): JobInUse | undefined;
  close(): Promise<void>;
}

/** What was loaded so long ago counts no more: a plugin that was tried once is not in use. */
const countsFor = 24 * 3_600_000;
const mostFiles = 8192;
const mostImages = 2048;

interface Seen {
  lookedAt: number;
  /** When each file was last seen loaded. */
  readonly files: Map<string, number>;
}

/** Containers that run on this node: id to the digest of their image. */
export function runningContainers(pods: readonly Pod[], nodeName: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { id, status } of containersRunningOn(nodeName, pods)) {
    const digest = /@(sha256:[0-9a-f]{64})$/.exec(status.imageID)?.[1];
    if (digest !== undefined) found.set(id, digest);
  }
  return found;
}

/** Looks at the processes of containers some seconds after their start and every few minutes: one pass over /proc for all. */
export function startInUse(options: InUseOptions): InUse {
  const { pods, nodeName, onChange, log, proc } = options;
  const now = options.now ?? Date.now;
  const { after, every } = options.pace ?? { after: 20_000, every: 300_000 };
  const seen = new Map<string, Seen>();
  /** Containers that were looked at. */
  let looked: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let current: Promise<void> = Promise.resolve();
  let closed = false;

  const stampOf = ({ files }: Seen): string =>
    createHash("sha256")
      .update(JSON.stringify([...files.keys()].sort()))
      .digest("hex")
      .slice(0, 32);

  async function look(): Promise<void> {
    const containers = runningContainers(pods(), nodeName);
    const found = await loadedFiles({
      ...(proc === undefined ? {} : { proc }),
      containers: new Set(containers.keys()),
    });
    looked = new Set(containers.keys());
    const at = now();
    const before = new Map([...seen].map(([digest, each]) => [digest, stampOf(each)]));
    for (const [container, files] of found) {
      const digest = containers.get(container);
      if (digest === undefined) continue;
      const entry = seen.get(digest) ?? { lookedAt: at, files: new Map<string, number>() };
      entry.lookedAt = at;
      for (const file of files) if (entry.files.has(file) || entry.files.size < mostFiles) entry.files.set(file, at);
      // Those that were looked at last stand last.
      seen.delete(digest);
      seen.set(digest, entry);
    }
    for (const [digest, { files }] of seen) {
      for (const [file, last] of files) if (at - last > countsFor) files.delete(file);
      if (files.size === 0 || seen.size > mostImages) seen.delete(digest);
    }
    if ([...seen].some(([digest, each]) => before.get(digest) !== stampOf(each))) onChange();
  }

  function schedule(wait: number): void {
    const at = now() + wait;
    if (closed || at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(() => {
      due = Number.POSITIVE_INFINITY;
      current = look()
        .catch((error: unknown) => log.warn({ error: String(error) }, "what containers have loaded could not be seen"))
        .finally(() => schedule(every));
    }, wait);
    timer.unref();
  }
  schedule(after);

  return {
    wake: () => {
      const fresh = [...runningContainers(pods(), nodeName).keys()].some((id) => !looked.has(id));
      if (fresh) schedule(after);
    },
    stamp: (digest) => {
      const entry = seen.get(digest);
      return entry === undefined ? "" : stampOf(entry);
    },
    job: (digest) => {
      const entry = seen.get(digest);
      return entry === undefined ? undefined : { lookedAt: entry.lookedAt, files: [...entry.files.keys()] };
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await current;
    },
  };
}
