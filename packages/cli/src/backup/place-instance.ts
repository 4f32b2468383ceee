import { chmod, chown, lstat, mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type InstanceConfig, type InstancePaths, mustRun, writeDurably } from "@bulkhead/host";
import { backupFolders } from "./backup-record.ts";
import { layoutPath, pieces } from "./contents.ts";

/** What changes places, each with one rename: a folder with all that is in it, or a file. */
const placed = [...new Set(pieces.map(({ path }) => /^(pki|apiserver)\//.exec(path)?.[1] ?? path))];

/** restoring/journal.json: as long as it is there, a restoration is not done, and can be taken back. */
interface Journal {
  readonly format: 1;
  /** Where what was there is kept, below the root. */
  readonly aside: string;
  /** What was there before, and went aside. */
  readonly existed: readonly string[];
  /** What stays where it is. */
  readonly stays: readonly string[];
}

const places = (paths: InstancePaths) => {
  const { restoring } = backupFolders(paths);
  return { restoring, made: join(restoring, "made"), journal: join(restoring, "journal.json") };
};

/** As long as it is there, a restoration is going on, or was ended in the middle. */
export const journalFile = (paths: InstancePaths): string => places(paths).journal;

/** Where a backup is unpacked, to be placed from: on the file system of the instance. */
export async function stagingFolder(paths: InstancePaths): Promise<string> {
  const { restoring, made } = places(paths);
  await rm(restoring, { recursive: true, force: true });
  await mkdir(restoring, { mode: 0o700 });
  return made;
}

/** Takes away what was unpacked and will not be placed; not what a journal still needs. */
export async function dropStaging(paths: InstancePaths): Promise<void> {
  const { restoring, journal } = places(paths);
  if (!(await isThere(journal))) await rm(restoring, { recursive: true, force: true });
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );

/** Gives every file and folder to whom it belongs; until it is placed nobody but root gets near. */
async function giveToOwners(made: string, { users }: Pick<InstanceConfig, "users">): Promise<void> {
  for (const { path, owner, mode } of pieces) {
    const file = join(made, path);
    if (!(await isThere(file))) continue;
    const user = owner === "root" ? 0 : users[owner];
    // Only root writes among the keys; a process reads its own there by its group.
    await chown(file, path.startsWith("apiserver/") ? user : 0, user);
    await chmod(file, mode);
  }
  for (const folder of ["apiserver", "apiserver/keys", "apiserver/store"])
    await chown(join(made, folder), users.apiserver, users.apiserver);
  await chmod(join(made, "pki"), 0o711);
}

/** Ranges are chosen for a machine, and so are the settings that were changed on it: those of this one stay. */
async function fitToMachine(made: string, paths: InstancePaths): Promise<void> {
  const file = join(made, layoutPath);
  if (!(await isThere(file))) return;
  if (await isThere(join(paths.root, layoutPath))) return rm(file);
  const { choice } = JSON.parse(await readFile(file, "utf8")) as { readonly choice: unknown };
  await writeDurably(file, `${JSON.stringify({ choice, previousSysctls: {} }, undefined, 2)}\n`, 0o600);
}

/**
 * Puts what was unpacked in its places. What was there is kept in a folder of its own, whose path is returned (undefined:
 * nothing was). Where it throws, or is ended in the middle and `takeBackInterrupted` is called, what was there is there again.
 */
export async function placeInstance(
  paths: InstancePaths,
  config: Pick<InstanceConfig, "users">,
  now: number,
  /** Told before each move. */
  moving: (name: string) => void = () => undefined,
): Promise<string | undefined> {
  const { restoring, made, journal } = places(paths);
  await fitToMachine(made, paths);
  await giveToOwners(made, config);
  const there: string[] = [];
  for (const name of placed) if (await isThere(join(paths.root, name))) there.push(name);
  const existed = there.filter((name) => name !== layoutPath);
  const stays = there.filter((name) => name === layoutPath);
  const aside = join("backups", `replaced-${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}`);
  await mustRun(["sync", "--file-system", made]);
  await writeDurably(journal, JSON.stringify({ format: 1, aside, existed, stays } satisfies Journal), 0o600);
  try {
    const move = async (name: string, from: string, to: string): Promise<void> => {
      moving(name);
      await mkdir(dirname(join(to, name)), { recursive: true, mode: 0o700 });
      await rename(join(from, name), join(to, name));
    };
    for (const name of existed) await move(name, paths.root, join(paths.root, aside));
    for (const name of placed) if (await isThere(join(made, name))) await move(name, made, paths.root);
    await mustRun(["sync", "--file-system", paths.root]);
  } catch (error) {
    await takeBackInterrupted(paths);
    throw error;
  }
  await rm(journal);
  await rm(restoring, { recursive: true });
  return existed.length === 0 ? undefined : join(paths.root, aside);
}

/** Takes a restoration back that was not done: what was there before is there again. True where there was one. */
export async function takeBackInterrupted(paths: InstancePaths): Promise<boolean> {
  const { restoring, made, journal } = places(paths);
  const text = await readFile(journal, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (text === undefined) return false;
  const { aside, existed, stays } = JSON.parse(text) as Journal;
  for (const name of placed.toReversed()) {
    if (stays.includes(name)) continue;
    const [here, kept] = [join(paths.root, name), join(paths.root, aside, name)];
    const moved = existed.includes(name) && (await isThere(kept));
    // What stands in a place is the backup's once what was there went aside, or where nothing was and it was taken from the pile.
    const ours = moved || (!existed.includes(name) && !(await isThere(join(made, name))));
    if (ours) await rm(here, { recursive: true, force: true });
    if (moved) await rename(kept, here);
  }
  await rm(join(paths.root, aside), { recursive: true, force: true });
  await rm(restoring, { recursive: true });
  return true;
}
