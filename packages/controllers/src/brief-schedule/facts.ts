import {
  type Answer,
  type BriefDays,
  type BriefFacts,
  type BriefSources,
  briefFacts,
  kinds,
  postureReport,
  summedUp,
} from "@bulkhead/analysis";
import { type ChangeDigest, currencySummaryName, type MachineInventory } from "@bulkhead/api";
import { type Client, changeDigests, currencySummaries, hasReason, machineInventories } from "@bulkhead/client";
import type { PostureLook } from "../posture/posture-board.ts";

/** What others have published, each from its own point of view; asked for when a brief is due. */
export interface PublishedForBriefs extends Pick<BriefSources, "currency" | "changes" | "sources"> {}

async function asked<T>(asking: Promise<T>, why: string): Promise<Answer<T>> {
  try {
    return { told: await asking };
  } catch (error) {
    if (!hasReason(error, "NotFound", "Forbidden")) throw error;
    return { why };
  }
}

const then = <T, U>(answer: Answer<T>, made: (told: T) => Answer<U>): Answer<U> =>
  "told" in answer ? made(answer.told) : answer;

const noMachine = "no machine has told of it; bulkhead brief, as root, looks";

/** Days of all machines; known from when the last of them began and up to where the first of them ends. */
function daysOf(digests: readonly ChangeDigest["digest"][]): Answer<BriefDays> {
  const [first, ...others] = digests;
  if (first === undefined) return { why: noMachine };
  return {
    told: {
      days: digests.flatMap(({ days }) => days),
      from: others.reduce((at, { from }) => (Date.parse(from) > Date.parse(at) ? from : at), first.from),
      to: others.reduce((at, { to }) => (Date.parse(to) < Date.parse(at) ? to : at), first.to),
    },
  };
}

function sourcesOf(machines: readonly MachineInventory[]): Answer<NonNullable<BriefFacts["sources"]>> {
  if (machines.length === 0) return { why: noMachine };
  const named = new Map(machines.flatMap(({ machine }) => machine.sources).map((source) => [source.name, source]));
  return { told: [...named.values()].map(({ name, stale }) => ({ name, ...(stale === undefined ? {} : { stale }) })) };
}

/** `reader` may list what only administrators see: nothing of it but names, versions and numbers is in them. */
export async function publishedForBriefs(reader: Client): Promise<PublishedForBriefs> {
  const [summary, digests, machines] = await Promise.all([
    asked(
      reader.get(currencySummaries, { namespace: "", name: currencySummaryName }),
      "the currency controller has not summed it up yet",
    ),
    asked(reader.list(changeDigests), noMachine),
    asked(reader.list(machineInventories), noMachine),
  ]);
  return {
    currency: then(summary, ({ currency }) => ({ told: summedUp(currency) })),
    changes: then(digests, ({ items }) => daysOf(items.map(({ digest }) => digest))),
    sources: then(machines, ({ items }) => sourcesOf(items)),
  };
}

/** A brief's facts as the controllers know them; what is not known is named. */
export function scheduledFacts(
  { evaluation, seen }: PostureLook,
  published: PublishedForBriefs,
  span: Pick<BriefSources, "of" | "since" | "now">,
): BriefFacts {
  const { objects } = evaluation;
  const unread = objects.unread(kinds.imageReport.key);
  return briefFacts({
    ...span,
    ...published,
    evaluation,
    findings: postureReport(evaluation).findings,
    seen,
    images: unread === undefined ? { told: objects.list(kinds.imageReport) } : { why: unread.why },
    notLooked: [],
  });
}
