import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Beside an instance's database of advisories, which imports write, lies the one that images are decided by: a copy of the
 * last generation that was accepted.
 */
export interface RefreshFiles {
  /** The advisories that images are held against. */
  readonly inUse: string;
  /** How the newest import stands (`RefreshState`), written by the node's agent. */
  readonly state: string;
  /** What a person decided (`RefreshDecision`), until it is carried out. */
  readonly decision: string;
}

export const refreshFiles = (database: string): RefreshFiles => ({
  inUse: join(dirname(database), "in-use.db"),
  state: join(dirname(database), "refresh.json"),
  decision: join(dirname(database), "decision.json"),
});

/** A refresh that is not used for deciding before somebody says so. Times in milliseconds since the epoch. */
export interface HeldRefresh {
  readonly generation: string;
  readonly since: number;
  /** Sentences. */
  readonly because: readonly string[];
  /** Names of the sources that differ from those in use. */
  readonly sources: readonly string[];
  /** Images that run and would be out of policy, the first few, each with the reason. */
  readonly newlyRefused: readonly { readonly image: string; readonly says: string }[];
}

export interface RefreshState {
  readonly format: 1;
  /** What images are decided by; absent: nothing was ever taken in. */
  readonly inUse?: { readonly generation: string; readonly since: number };
  readonly held?: HeldRefresh;
}

export interface RefreshDecision {
  readonly format: 1;
  readonly decision: "accept" | "reject";
  /** Of the refresh that it is about: a later one is another question. */
  readonly generation: string;
  /** Who, as far as the machine knows. */
  readonly by: string;
  readonly at: number;
  readonly reason: string;
}

async function read<T extends { readonly format: 1 }>(file: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const value = JSON.parse(text) as T;
    return value?.format === 1 ? value : undefined;
  } catch {
    // Cut off: as good as none.
    return undefined;
  }
}

/** How the newest import stands; undefined: nobody has looked at one. */
export const readRefreshState = (database: string): Promise<RefreshState | undefined> =>
  read(refreshFiles(database).state);

/** What a person decided that is not carried out yet. */
export const readRefreshDecision = (database: string): Promise<RefreshDecision | undefined> =>
  read(refreshFiles(database).decision);
