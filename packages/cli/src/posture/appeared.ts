import type { PostureFinding } from "@bulkhead/analysis";
import type { ObjectRef } from "@bulkhead/api";
import { parseAuditRecord } from "@bulkhead/audit";
import { type Client, discoverResources, type Resource } from "@bulkhead/client";
import { type AuditedWrite, lastWrites, type WrittenObject } from "../audit/last-writes.ts";
import { openAudit } from "../audit/open-audit.ts";
import type { Look } from "../commands/posture.ts";
import { CommandFailure } from "../exit-codes.ts";
import { plural } from "../image/words.ts";
import type { Cluster } from "../instance/cluster.ts";
import { firstSeen } from "./first-seen.ts";

/** A finding that was first seen after a time. */
export interface AppearedFinding {
  readonly finding: PostureFinding;
  /** RFC 3339. */
  readonly firstSeen: string;
  /** The object's last write before that, and after the time that was asked for. */
  readonly changed?: AuditedWrite;
  /** Why nobody can say who changed it. */
  readonly unchanged?: string;
}

/** What appeared since a time, worst first, and what nobody can say. */
export interface Appeared {
  /** RFC 3339. */
  readonly since: string;
  readonly appeared: readonly AppearedFinding[];
  /** Failing, and there already before. */
  readonly earlier: number;
  /** Failing, and nobody wrote down since when. */
  readonly undated: number;
  /** What counts for the exit code. */
  readonly counting: readonly PostureFinding[];
  readonly notKnown: readonly string[];
}

/** Records of the audit log, the last ones, that one question goes through. */
const mostRecords = 200_000;
const noWrite = "no write of it is on record: another object's change, or a check that is new";

/** Failing findings first seen from `since` on, in the report's order; the others by number. */
export function datedSince(
  { report, counting }: Pick<Look, "report" | "counting">,
  seen: ReadonlyMap<string, number>,
  since: number,
): Pick<Appeared, "earlier" | "undated" | "counting"> & {
  readonly fresh: readonly { readonly finding: PostureFinding; readonly first: number }[];
} {
  const failing = report.findings.filter(({ outcome }) => outcome === "fail");
  const dated = failing.flatMap((finding) => {
    const first = seen.get(finding.id);
    return first === undefined ? [] : [{ finding, first }];
  });
  // Reports hold whole seconds.
  const fresh = dated.filter(({ first }) => first + 999 >= since);
  const ids = new Set(fresh.map(({ finding }) => finding.id));
  return {
    fresh,
    earlier: dated.length - fresh.length,
    undated: failing.length - dated.length,
    counting: counting.filter(({ id, outcome }) => outcome === "error" || ids.has(id)),
  };
}

/** What appeared in a cluster since a time. Throws CommandFailure where nobody wrote it down. */
export async function appearedSince(look: Look, cluster: Cluster, since: number): Promise<Appeared> {
  const notKnown: string[] = [];
  const seen = await firstSeen(cluster, notKnown);
  if (seen === undefined)
    throw new CommandFailure(
      `what appeared since a time cannot be told: ${notKnown.join(" ")} Compare with a file instead: bulkhead posture --write-baseline FILE now, posture diff --since FILE later`,
    );
  const { fresh, earlier, undated, counting } = datedSince(look, seen, since);
  const writes = fresh.length === 0 ? [] : await writesOf(cluster, since, fresh, notKnown);
  if (undated > 0)
    notKnown.push(
      `Since when ${plural(undated, "finding")} ${undated === 1 ? "is" : "are"} there: no report holds ${undated === 1 ? "it" : "them"}. A report holds the worst 250 of a namespace, some seconds after they appear, and nothing that only this command looks at.`,
    );
  notKnown.push(
    "What went away since: no report keeps that. A file of --write-baseline does: posture diff --since FILE.",
    "When it really began: first seen is when the posture controller first looked, which may be later than the fault, and a check that a newer version brings counts from its first look.",
  );
  return {
    since: new Date(since).toISOString(),
    appeared: fresh.map(({ finding, first }, i) => ({
      finding,
      firstSeen: new Date(first).toISOString(),
      ...writes?.[i],
    })),
    earlier,
    undated,
    counting,
    notKnown,
  };
}

type Who = Pick<AppearedFinding, "changed" | "unchanged">;

/** One answer for each finding; undefined: the audit log could not be asked, and why is noted. */
async function writesOf(
  cluster: Cluster,
  since: number,
  fresh: ReturnType<typeof datedSince>["fresh"],
  notKnown: string[],
): Promise<Who[] | undefined> {
  if (cluster.instance === undefined) {
    notKnown.push("Who changed what: the audit log of another cluster is not ours to read.");
    return undefined;
  }
  const resources = await resourcesOf(cluster.client);
  const asked = fresh.map(({ finding: { object }, first }) => writtenObject(object, first, resources));
  try {
    const file = await openAudit({ root: cluster.paths.root });
    try {
      const from = Math.max(1, file.count() - mostRecords + 1);
      let oldest = Number.POSITIVE_INFINITY;
      const events = function* () {
        for (const { record } of file.rows(from)) {
          const event = parseAuditRecord(record);
          if (event === undefined) continue;
          oldest = Math.min(oldest, Date.parse(event.requestReceivedTimestamp));
          yield event;
        }
      };
      const wanted = asked.flatMap((object) => object ?? []);
      const found = new Map(lastWrites(events(), since, wanted).map((write, i) => [wanted[i], write]));
      if (from > 1 && oldest > since)
        notKnown.push(
          `Who changed what before ${new Date(oldest).toISOString()}: only the last ${plural(mostRecords, "record")} of the audit log were gone through.`,
        );
      return asked.map((object) => {
        if (object === undefined) return { unchanged: "it is no object of the API: no record tells who changed it" };
        const changed = found.get(object);
        return changed === undefined ? { unchanged: noWrite } : { changed };
      });
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    notKnown.push(`Who changed what: ${error.message}.`);
    return undefined;
  }
}

const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

async function resourcesOf(client: Client): Promise<ReadonlyMap<string, Resource>> {
  const { found } = await discoverResources(client);
  return new Map(found.map(({ resource }) => [`${resource.group}/${resource.kind}`, resource]));
}

function writtenObject(
  { apiVersion, kind, namespace = "", name }: ObjectRef,
  first: number,
  resources: ReadonlyMap<string, Resource>,
): WrittenObject | undefined {
  const group = groupOf(apiVersion);
  const resource = resources.get(`${group}/${kind}`)?.resource;
  // Reports hold whole seconds: a write of the same second was before it.
  return resource === undefined ? undefined : { group, resource, namespace, name, until: first + 999 };
}
