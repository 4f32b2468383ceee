import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import { freeRange } from "../config/user-namespace.ts";
import { podFolders, podsFolder } from "../volumes/folders.ts";

/** Which pod has which range of the host's ids; the pods' folders are the record. */
export interface UserRanges {
  /** The pod's range, taken now when it has none. */
  take(uid: string): Promise<number>;
  known(uid: string): number | undefined;
  release(uid: string): void;
}

export interface UserRangeOptions {
  readonly root: string;
  /** The first id of this instance's ranges. */
  readonly first: number;
  /** How many pods' ranges there are. */
  readonly count: number;
}

export async function openUserRanges(options: UserRangeOptions): Promise<UserRanges> {
  const { root, first, count } = options;
  const byPod = new Map<string, number>();
  await mkdir(podsFolder(root), { recursive: true, mode: 0o700 });
  for (const uid of await readdir(podsFolder(root))) {
    const text = await readFile(podFolders(root, uid).userRange, "utf8").catch(() => "");
    const id = Number(text);
    if (text !== "" && Number.isInteger(id)) byPod.set(uid, id);
  }
  return {
    take: async (uid) => {
      const known = byPod.get(uid);
      if (known !== undefined) return known;
      const id = freeRange(first, count, new Set(byPod.values()));
      if (id === undefined) throw new ConfigError("Unsupported", `all ${count} ranges of user ids are taken by pods`);
      byPod.set(uid, id);
      const { pod, userRange } = podFolders(root, uid);
      await mkdir(pod, { recursive: true, mode: 0o700 });
      const draft = join(pod, "user-range.new");
      await writeFile(draft, String(id), { mode: 0o600 });
      await rename(draft, userRange);
      return id;
    },
    known: (uid) => byPod.get(uid),
    release: (uid) => void byPod.delete(uid),
  };
}
