import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { DatabaseCopy, InstancePaths } from "@bulkhead/host";
import { keyOfPath } from "@bulkhead/store";

/** The database of an instance's API server. */
export const databaseFile = ({ apiserver }: Pick<InstancePaths, "apiserver">): string =>
  join(apiserver, "store", "store.db");

/** What a database says of itself; undefined where there is none that can be read. */
export function databaseFacts(file: string): Omit<DatabaseCopy, "file" | "at"> | undefined {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 2000 });
    const meta = new Map(
      db
        .prepare("SELECT name, value FROM meta")
        .all()
        .map((row) => [row["name"], row["value"]]),
    );
    const highest = Number(db.prepare("SELECT max(revision) AS n FROM log").get()?.["n"] ?? 0);
    const auditRecords = Number(db.prepare("SELECT max(seq) AS n FROM audit").get()?.["n"] ?? 0);
    return {
      format: Number(meta.get("format")),
      revision: Math.max(Number(meta.get("revision")), highest),
      auditRecords,
    };
  } catch {
    return undefined;
  } finally {
    db?.close();
  }
}

/** What a database has that a copy of it has not. */
export interface LostWrites {
  /** Undefined: it could not be counted. */
  readonly writes: number | undefined;
  /** Objects written since, the last first; a hundred at most. Heartbeats and Events are left out. */
  readonly objects: readonly string[];
  readonly auditRecords: number | undefined;
  readonly since: string;
}

const passing = new Set(["leases", "events"]);

/** What would be lost if the copy took the database's place. A later format may be one that cannot be counted in. */
export function lostWrites(file: string, copy: Pick<DatabaseCopy, "at" | "revision" | "auditRecords">): LostWrites {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 2000 });
    const rows = db
      .prepare(
        "SELECT path, max(revision) AS last, count(*) AS n FROM log WHERE revision > ? GROUP BY path ORDER BY last DESC",
      )
      .all(copy.revision)
      .flatMap((row) => {
        const key = keyOfPath(String(row["path"]));
        if (key === undefined || passing.has(key.resource)) return [];
        const resource = key.group === "" ? key.resource : `${key.resource}.${key.group}`;
        const name = key.namespace === "" ? key.name : `${key.namespace}/${key.name}`;
        return [{ object: `${resource} ${name}`, n: Number(row["n"]) }];
      });
    const audit = Number(db.prepare("SELECT max(seq) AS n FROM audit").get()?.["n"] ?? 0);
    return {
      writes: rows.reduce((sum, { n }) => sum + n, 0),
      objects: rows.slice(0, 100).map(({ object }) => object),
      auditRecords: Math.max(0, audit - copy.auditRecords),
      since: copy.at,
    };
  } catch {
    return { writes: undefined, objects: [], auditRecords: undefined, since: copy.at };
  } finally {
    db?.close();
  }
}

/** What a person has to know before a copy comes back. */
export function lostText({ writes, objects, auditRecords, since }: LostWrites): string {
  const at = `${since.slice(0, 19).replace("T", " ")} UTC`;
  if (writes === undefined) return `whatever was written since ${at} is lost; how much that is cannot be told`;
  const some = objects.slice(0, 5).join(", ");
  const more = objects.length > 5 ? ", …" : "";
  return `${writes} writes since ${at} are lost${some === "" ? "" : ` (${some}${more})`}, and ${auditRecords ?? "some"} audit records; pods made since are ended, pods deleted since start again`;
}

/** A name for the folder in which a database is kept that a copy takes the place of. */
export const abandonedName = (now: number): string =>
  `abandoned-${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}`;
