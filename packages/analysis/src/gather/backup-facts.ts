import type { Seen } from "@bulkhead/api";
import { type BackupFacts, factsVersion } from "../snapshot/facts.ts";

/** A backup as its machine knows it now. */
export interface SeenBackup {
  /** RFC 3339. */
  readonly made: string;
  readonly where: string;
  /** It lies where it was written to, as long as it was. One that does not counts for nothing. */
  readonly there: boolean;
  /** By what it is opened, in words: nobody reads it without. */
  readonly openedBy: string;
  /** Whether it lies on another machine; absent: its file system does not tell. */
  readonly elsewhere?: Seen<boolean>;
  /** Whether what opens it lies apart from it. */
  readonly keysApart?: Seen<boolean>;
  /** When all of it was last opened and looked through. */
  readonly tested?: string;
}

/** What an instance's own record says of its backups. `where`: the record. Bulkhead makes none that is not sealed. */
export function backupFactsOf(nodeName: string, where: string, backups: readonly SeenBackup[]): BackupFacts {
  return {
    apiVersion: factsVersion,
    kind: "BackupFacts",
    metadata: { name: nodeName },
    facts: factsOf(where, backups),
  };
}

function factsOf(where: string, backups: readonly SeenBackup[]): BackupFacts["facts"] {
  const none = { value: "no backup", where } as const;
  if (backups.length === 0)
    return {
      configured: { value: false, where },
      lastSuccess: none,
      lastRestoreTest: none,
      encrypted: none,
      elsewhere: none,
      keysBackedUpApart: none,
    };
  const newest = (of: readonly SeenBackup[]): SeenBackup | undefined =>
    of.toSorted((a, b) => b.made.localeCompare(a.made))[0];
  const last = newest(backups.filter(({ there }) => there));
  const tested = backups
    .flatMap((one) => one.tested ?? [])
    .toSorted()
    .at(-1);
  const facts = {
    configured: { value: true, where },
    lastRestoreTest: { value: tested ?? "never", where },
  };
  // Those on record may have been moved, or deleted: nobody knows.
  if (last === undefined) return facts;
  return {
    ...facts,
    lastSuccess: { value: last.made, where: last.where },
    encrypted: { value: true, where: `${last.where}, opened by ${last.openedBy}` },
    ...(last.elsewhere === undefined ? {} : { elsewhere: last.elsewhere }),
    ...(last.keysApart === undefined ? {} : { keysBackedUpApart: last.keysApart }),
  };
}
