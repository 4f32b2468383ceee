import {
  type Answer,
  type BriefDays,
  type BriefFacts,
  type BriefSources,
  briefFacts,
  DayTally,
  emptyDay,
  lookedUp,
} from "@bulkhead/analysis";
import { hasReason, imageReports } from "@bulkhead/client";
import { auditedRequest } from "../audit/audited-request.ts";
import { advisoriesStatus } from "../commands/advisories.ts";
import { search } from "../commands/audit.ts";
import { current } from "../commands/current.ts";
import { look } from "../commands/posture.ts";
import { CommandFailure } from "../exit-codes.ts";
import type { Cluster, ClusterOptions } from "../instance/cluster.ts";
import { firstSeen } from "../posture/first-seen.ts";

/** What a brief is made of: everything that can be asked, and of the rest why it cannot. */
export async function gatherBrief(options: ClusterOptions, since: number, now: number): Promise<BriefFacts> {
  return look(options, process.stdin, async ({ of, evaluation, report }, cluster) => {
    if (cluster === undefined) throw new CommandFailure("a brief is of a cluster");
    const notLooked: string[] = [];
    const root = cluster.instance === undefined ? "/" : cluster.paths.root;
    const [seen, images, changes, currency, sources] = await Promise.all([
      firstSeen(cluster, notLooked),
      imagesOf(cluster),
      changesOf(cluster, since),
      answered(async () => lookedUp(await current(options, process.stdin))),
      answered(() => sourcesOf(root)),
    ]);
    const { findings } = report;
    return briefFacts({ of, since, now, evaluation, findings, seen, images, changes, currency, sources, notLooked });
  });
}

/** What cannot be asked here has a reason, and the brief goes on. */
async function answered<T>(asking: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { told: await asking() };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { why: error.message };
  }
}

async function imagesOf({ client }: Cluster): Promise<BriefSources["images"]> {
  try {
    return { told: (await client.list(imageReports)).items };
  } catch (error) {
    if (!hasReason(error, "NotFound", "Forbidden")) throw error;
    return { why: error.message };
  }
}

/** Of a chain that is very long the last so many records that fit. */
const most = 50_000;

async function changesOf({ instance, paths }: Cluster, since: number): Promise<Answer<BriefDays>> {
  if (instance === undefined) return { why: "the audit log of another cluster is not ours to read" };
  return answered(async () => {
    const tally = new DayTally(emptyDay(""), { rows: Infinity, names: Infinity });
    await search({ root: paths.root, filter: { since: new Date(since) }, limit: most }, ({ event }) =>
      tally.take(auditedRequest(event)),
    );
    return { days: [tally.digested] };
  });
}

async function sourcesOf(root: string): Promise<NonNullable<BriefFacts["sources"]>> {
  const { sources } = await advisoriesStatus({ root });
  return sources.map(({ name, age: { stale } }) => ({ name, ...(stale === undefined ? {} : { stale }) }));
}
