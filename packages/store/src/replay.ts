import type { DatabaseSync } from "node:sqlite";
import { logKind } from "./batch-format.ts";
import { checksumOfParts } from "./checksum.ts";
import { MemoryState } from "./memory-state.ts";
import type { StoreMeta } from "./schema.ts";
import { StoreError } from "./store-error.ts";
import { keyOfPath, storagePath } from "./store-key.ts";
import type { StoredObject } from "./types.ts";

export interface Replayed {
  readonly state: MemoryState;
  /** Log rows that an interrupted compaction left behind, oldest first. */
  readonly garbage: number[];
}

const none: Readonly<Record<string, string>> = Object.freeze({});

/** Reads the log from its start into memory. Throws `corrupt` when a row is not as it was written. */
export function replayLog(db: DatabaseSync, meta: StoreMeta, file: string): Replayed {
  const state = new MemoryState(meta.revision, meta.compacted);
  const garbage: number[] = [];
  const metas = new MetaReader();
  const names = new Map<string, string>();
  const intern = (name: string): string => {
    const known = names.get(name);
    if (known === undefined) names.set(name, name);
    return known ?? name;
  };
  const rows = db.prepare("SELECT revision, path, kind, meta, bytes, sum FROM log ORDER BY revision");
  for (const row of rows.iterate()) {
    const revision = row["revision"] as number;
    const kind = row["kind"] as number;
    const path = row["path"] as string;
    const metaBytes = row["meta"] as Uint8Array;
    const bytes = row["bytes"] as Uint8Array;
    const parsed = keyOfPath(path);
    if (parsed === undefined || checksumOfParts(kind, revision, path, metaBytes, bytes) !== row["sum"])
      throw new StoreError(
        "corrupt",
        `${file}: what revision ${revision} wrote is damaged; keep the file for inspection and restore a backup`,
      );
    const key = {
      group: intern(parsed.group),
      resource: intern(parsed.resource),
      namespace: intern(parsed.namespace),
      name: parsed.name,
    };
    storagePath(key);
    const object: StoredObject | undefined =
      kind === logKind.put ? { key, revision, bytes, ...metas.read(metaBytes) } : undefined;
    garbage.push(...state.replay({ path, key, revision, object, bytes }));
  }
  return { state, garbage };
}

/** Labels and fields; equal ones are one object, for objects of one template share them by the hundred. */
class MetaReader {
  readonly #known = new Map<string, Pick<StoredObject, "labels" | "fields">>();

  read(bytes: Uint8Array): Pick<StoredObject, "labels" | "fields"> {
    if (bytes.byteLength === 0) return { labels: none, fields: none };
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    let read = this.#known.get(text);
    if (read === undefined) {
      const [labels, fields] = JSON.parse(text) as [Record<string, string>, Record<string, string>];
      this.#known.set(text, (read = { labels, fields }));
    }
    return read;
  }
}
