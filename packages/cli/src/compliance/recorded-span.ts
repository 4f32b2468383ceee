import { type AskedSpan, RecordedPosture, type Span } from "@bulkhead/analysis";
import { currencyKeeperUser, type PostureHistory } from "@bulkhead/api";
import type { AuditEvent } from "@bulkhead/audit";
import { hasReason, postureFacts, postureHistories } from "@bulkhead/client";
import { search } from "../commands/audit.ts";
import { CommandFailure } from "../exit-codes.ts";
import type { Cluster } from "../instance/cluster.ts";

/** Who alone writes the record, and what it goes by of the machine. */
const writers: ReadonlyMap<string | undefined, string> = new Map([
  [postureHistories.resource, "system:serviceaccount:kube-system:posture-controller"],
  [postureFacts.resource, currencyKeeperUser],
]);
const writing: ReadonlySet<string> = new Set(["create", "update", "patch", "delete", "deletecollection"]);
/** Writes of the record are looked for among so many. */
const most = 200_000;
const named = 5;

/** How old the record's end may be for it to be still under way: it is written every five minutes. */
const underWay = 600_000;

/** A span to now ends where the record does, as long as that is still written: the minutes since are not taken down yet. */
export const endingAt = (span: Span, recorded: RecordedPosture): Span => {
  const end = recorded.observed.at(-1)?.to;
  return end !== undefined && end > span.from && span.to > end && span.to - end < underWay
    ? { ...span, to: end }
    : span;
};

/**
 * The record of a span, and why it may not be believed; `toNow`: no end was named. Throws CommandFailure where there is
 * none to read.
 */
export async function askedSpan(cluster: Cluster, span: Span, toNow: boolean): Promise<AskedSpan> {
  let items: readonly PostureHistory[];
  try {
    items = (await cluster.client.list(postureHistories)).items;
  } catch (error) {
    if (!hasReason(error, "NotFound", "Forbidden")) throw error;
    throw new CommandFailure(`--since: how things stood cannot be read: ${error.message}`, 2, error);
  }
  const recorded = new RecordedPosture(items.map(({ history }) => history));
  return {
    span: toNow ? endingAt(span, recorded) : span,
    recorded,
    doubts: await doubtsOf(cluster, span),
  };
}

/** Others who wrote the record since the span began: by the audit log, where that may be read. */
async function doubtsOf({ instance, paths }: Cluster, { from }: Span): Promise<readonly string[]> {
  // Of another cluster nobody can say; evidence says so of its audit log already.
  if (instance === undefined) return [];
  const others = new Set<string>();
  try {
    const filter = { since: new Date(from), contains: "posture" };
    await search({ root: paths.root, filter, limit: most }, ({ event }) => {
      const other = otherWriter(event);
      if (other !== undefined) others.add(other);
    });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return [`who else wrote it could not be looked up: ${error.message}`];
  }
  const shown = [...others].slice(0, named).join("; ");
  const rest = others.size > named ? `; and ${others.size - named} more` : "";
  return others.size === 0 ? [] : [`${shown}${rest}`];
}

/** Who wrote the record, or the machine's facts, that should not; undefined where nobody did. */
export function otherWriter(event: AuditEvent): string | undefined {
  const { resource, name = "" } = event.objectRef ?? {};
  const writer = writers.get(resource);
  const code = event.responseStatus?.code ?? 0;
  if (writer === undefined || event.stage !== "ResponseComplete" || !writing.has(event.verb) || code >= 300)
    return undefined;
  const who = (event.impersonatedUser ?? event.user).username ?? "";
  if (who === writer && event.impersonatedUser === undefined) return undefined;
  const as = event.impersonatedUser === undefined ? "" : ` (${event.user.username ?? ""} in that name)`;
  return `${who}${as} did ${event.verb} ${resource} ${name} at ${event.requestReceivedTimestamp}`;
}
