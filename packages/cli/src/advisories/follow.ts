import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { milliseconds } from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";
import { personHere } from "../instance/person-here.ts";
import { onlyRoot } from "../only-root.ts";
import { advisoriesFile } from "./database-file.ts";
import { type Followed, type Look, readFollowed, readLooks, writeFollowed, writeLooks } from "./following.ts";

export interface FollowAdvisoriesOptions {
  readonly root?: string;
  readonly every?: string;
  readonly ecosystem?: readonly string[];
  readonly plainHttp?: boolean;
  readonly remove?: boolean;
}

/** What advisories are taken in from by themselves, with how the last look at each went. */
export interface FollowedAdvisories {
  readonly followed: readonly (Followed & { readonly last?: Look })[];
}

const often = { least: 600_000, most: 7 * 86_400_000 };
const isUrl = (location: string): boolean => /^https?:\/\//.test(location);

/** Has a folder or mirror looked at again and again, or no more; without one tells those that are. */
export async function followAdvisories(
  location: string | undefined,
  options: FollowAdvisoriesOptions,
  now = Date.now(),
): Promise<FollowedAdvisories> {
  const { paths } = await findInstance(options.root);
  const file = advisoriesFile({ root: paths.root });
  const there = await readFollowed(file);
  if (location === undefined) {
    if (options.remove === true) throw new CommandFailure("--remove: name the folder or address");
    return followedAdvisories(file);
  }
  onlyRoot("where advisories come from is root's to say: sudo bulkhead advisories follow …");
  const place = isUrl(location) ? location : resolve(location);
  const others = there.filter((each) => each.location !== place);
  if (options.remove === true) {
    if (others.length === there.length) throw new CommandFailure(`${place} is not followed`);
    await writeLooks(
      file,
      (await readLooks(file)).filter((look) => look.location !== place),
    );
  } else await checkPlace(place, options);
  await writeFollowed(file, options.remove === true ? others : [...others, followedAt(place, options, now)]);
  return followedAdvisories(file);
}

async function checkPlace(place: string, { plainHttp, ecosystem }: FollowAdvisoriesOptions): Promise<void> {
  if (!isUrl(place)) {
    if (plainHttp === true || ecosystem !== undefined)
      throw new CommandFailure("--plain-http and --ecosystem go with a mirror's address");
    if (!existsSync(place)) throw new CommandFailure(`${place} is not there`);
    return;
  }
  const url = URL.parse(place);
  if (url === null) throw new CommandFailure(`${place} is no address`);
  if (url.username !== "" || url.password !== "")
    throw new CommandFailure("an address with a password would be shown by status: give one without");
}

function followedAt(
  location: string,
  { every = "6h", ecosystem, plainHttp }: FollowAdvisoriesOptions,
  now: number,
): Followed {
  const time = /^[1-9][0-9]{0,4}[mhd]$/.test(every) ? milliseconds(every, 0) : 0;
  if (time < often.least || time > often.most)
    throw new CommandFailure(`--every ${every}: between 10m and 7d (30m, 6h, 1d)`);
  return {
    location,
    every: time,
    ...(ecosystem === undefined ? {} : { ecosystem }),
    ...(plainHttp === true ? { plainHttp: true } : {}),
    by: personHere(),
    since: new Date(now).toISOString(),
  };
}

/** Those that are followed, each with its last look. */
export async function followedAdvisories(database: string): Promise<FollowedAdvisories> {
  const [followed, looks] = await Promise.all([readFollowed(database), readLooks(database)]);
  return {
    followed: followed.map((each) => {
      const last = looks.find(({ location }) => location === each.location);
      return { ...each, ...(last === undefined ? {} : { last }) };
    }),
  };
}
