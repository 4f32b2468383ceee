import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readJsonIfThere, writeDurably } from "@bulkhead/host";

/** A folder or mirror that advisories are taken in from without a person asking. */
export interface Followed {
  /** An absolute folder or file, or a URL. */
  readonly location: string;
  /** In milliseconds. */
  readonly every: number;
  /** With an OSV mirror: only these. */
  readonly ecosystem?: readonly string[];
  readonly plainHttp?: true;
  readonly by: string;
  /** RFC 3339. */
  readonly since: string;
}

/** How the last look at one went. */
export interface Look {
  readonly location: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: "taken" | "held" | "failed";
  readonly says: string;
  /** Whether that was told to the API; what is as it was told needs no telling. */
  readonly told: boolean;
}

/** Beside an instance's database of advisories. */
export const followingFiles = (database: string) => ({
  followed: join(dirname(database), "following.json"),
  looks: join(dirname(database), "followed.json"),
});

async function read<T>(file: string, of: "followed" | "looks"): Promise<readonly T[]> {
  return (await readJsonIfThere<Readonly<Record<string, readonly T[]>>>(file))?.[of] ?? [];
}

/** Throws SyntaxError on a damaged file, as does `readLooks`. */
export const readFollowed = (database: string): Promise<readonly Followed[]> =>
  read(followingFiles(database).followed, "followed");

export const readLooks = (database: string): Promise<readonly Look[]> => read(followingFiles(database).looks, "looks");

export async function writeFollowed(database: string, followed: readonly Followed[]): Promise<void> {
  await mkdir(dirname(database), { recursive: true, mode: 0o755 });
  await write(followingFiles(database).followed, { followed });
}

export const writeLooks = (database: string, looks: readonly Look[]): Promise<void> =>
  write(followingFiles(database).looks, { looks });

const write = (file: string, value: object): Promise<void> =>
  writeDurably(file, `${JSON.stringify({ format: 1, ...value }, undefined, 2)}\n`, 0o644);

/** What did not go well is looked at again after so many milliseconds, if not sooner. */
const again = 3_600_000;

/** Which are to be looked at now. A clock that was set back makes nothing wait. */
export const dueOf = (followed: readonly Followed[], looks: readonly Look[], now: number): readonly Followed[] =>
  followed.filter(({ location, every }) => {
    const last = looks.find((look) => look.location === location);
    if (last === undefined || last.at > now) return true;
    return now - last.at >= (last.outcome === "taken" ? every : Math.min(every, again));
  });

/** The looks with one more; whether it has to be told: what went wrong, and what goes well again. */
export function withLook(looks: readonly Look[], look: Omit<Look, "told">): readonly Look[] {
  const before = looks.find(({ location }) => location === look.location);
  const same = before?.outcome === look.outcome && (look.outcome === "taken" || before.says === look.says);
  const told = same ? before.told : before === undefined && look.outcome === "taken";
  return [{ ...look, told }, ...looks.filter(({ location }) => location !== look.location)];
}
