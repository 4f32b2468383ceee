import { type BriefFacts, briefImages, briefPosture } from "@bulkhead/analysis";
import type { AuditEvent } from "@bulkhead/audit";
import { hasReason, imageReports } from "@bulkhead/client";
import { advisoriesStatus } from "../commands/advisories.ts";
import { search } from "../commands/audit.ts";
import { current } from "../commands/current.ts";
import { look } from "../commands/posture.ts";
import { CommandFailure } from "../exit-codes.ts";
import type { Cluster, ClusterOptions } from "../instance/cluster.ts";
import { firstSeen } from "../posture/first-seen.ts";

/** What a brief is made of: everything that can be asked, and of the rest why it cannot. */
export async function gatherBrief(options: ClusterOptions, since: number, now: number): Promise<BriefFacts> {
  const notLooked: string[] = [];
  const seen = await look(options, process.stdin, async (found, cluster) => ({
    of: found.of,
    posture: briefPosture(
      found.evaluation,
      found.report.findings,
      cluster === undefined ? undefined : await firstSeen(cluster, notLooked),
      since,
    ),
    images: cluster === undefined ? undefined : await imagesOf(cluster, notLooked),
    audit: cluster === undefined ? undefined : await auditOf(cluster, since, notLooked),
    gaps: found.evaluation.objects.gaps.map(({ kind, why }) => `${kind}: ${why}`),
    root: cluster?.instance === undefined ? undefined : cluster.paths.root,
  }));
  const [items, sources] = await Promise.all([currencyOf(options, notLooked), sourcesOf(seen.root, notLooked)]);
  return {
    of: seen.of,
    since,
    now,
    posture: seen.posture,
    ...(seen.images === undefined ? {} : { images: seen.images }),
    ...(seen.audit === undefined ? {} : { audit: seen.audit }),
    ...(items === undefined ? {} : { current: items }),
    sources,
    notLooked: [...seen.gaps, ...notLooked],
  };
}

async function imagesOf({ client }: Cluster, notLooked: string[]): Promise<BriefFacts["images"]> {
  try {
    return briefImages((await client.list(imageReports)).items);
  } catch (error) {
    if (!hasReason(error, "NotFound", "Forbidden")) throw error;
    notLooked.push(`What is in images: ${error.message}.`);
    return undefined;
  }
}

const changing: ReadonlySet<string> = new Set(["create", "update", "patch", "delete", "deletecollection"]);
/** Of a chain that is very long the last so many records that fit. */
const most = 50_000;

async function auditOf({ instance, paths }: Cluster, since: number, notLooked: string[]): Promise<BriefFacts["audit"]> {
  if (instance === undefined) {
    notLooked.push("Who changed what: the audit log of another cluster is not ours to read.");
    return undefined;
  }
  const changes = new Map<string, Changes>();
  let refused = 0;
  try {
    await search({ root: paths.root, filter: { since: new Date(since) }, limit: most }, ({ event }) => {
      const who = (event.impersonatedUser ?? event.user).username ?? "";
      if (who.startsWith("system:")) return;
      const code = event.responseStatus?.code ?? 0;
      if (code === 403) refused += 1;
      if (!changing.has(event.verb) || code >= 300) return;
      const { kind, place } = whatOf(event);
      const key = `${who}\n${event.verb}\n${kind}`;
      const known = changes.get(key) ?? { who, verb: event.verb, kind, places: new Set<string>(), times: 0 };
      changes.set(key, known);
      known.times += 1;
      known.places.add(place);
    });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    notLooked.push(`Who changed what: ${error.message}.`);
    return undefined;
  }
  return {
    changes: [...changes.values()]
      .toSorted((a, b) => a.places.size - b.places.size)
      .map(({ who, verb, kind, places, times }) => ({
        who,
        verb,
        what: `${kind} ${named([...places])}`.trim(),
        times,
      })),
    refused,
  };
}

/** What somebody did to one kind of object: few at once are a person's work and come first. */
interface Changes {
  readonly who: string;
  readonly verb: string;
  readonly kind: string;
  readonly places: Set<string>;
  times: number;
}

const named = (places: readonly string[]): string =>
  places.length <= 3 ? places.join(", ") : `${places.slice(0, 2).join(", ")} and ${places.length - 2} more`;

function whatOf({ objectRef, requestURI }: AuditEvent): { kind: string; place: string } {
  if (objectRef === undefined) return { kind: requestURI.split("?")[0] ?? requestURI, place: "" };
  const { resource = "", subresource, namespace, name } = objectRef;
  return {
    kind: subresource === undefined || subresource === "" ? resource : `${resource}/${subresource}`,
    place: [namespace, name].filter((part) => part !== undefined && part !== "").join("/"),
  };
}

async function currencyOf(options: ClusterOptions, notLooked: string[]): Promise<BriefFacts["current"]> {
  try {
    const { items, unseen } = await current(options, process.stdin);
    notLooked.push(...unseen.map(({ what, why }) => `${what}: ${why}.`));
    return items.map(({ name, version, verdict, whatToDo }) => ({
      name: version === "" ? name : `${name} ${version}`,
      verdict,
      whatToDo: whatToDo ?? "bulkhead current show",
    }));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    notLooked.push(`What has grown old: ${error.message}.`);
    return undefined;
  }
}

async function sourcesOf(root: string | undefined, notLooked: string[]): Promise<NonNullable<BriefFacts["sources"]>> {
  try {
    const { sources } = await advisoriesStatus({ root: root ?? "/" });
    return sources.map(({ name, age: { stale } }) => ({ name, ...(stale === undefined ? {} : { stale }) }));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    notLooked.push(`Advisories: ${error.message}.`);
    return [];
  }
}
