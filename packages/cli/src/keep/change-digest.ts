import { isDeepStrictEqual } from "node:util";
import { digestDays } from "@bulkhead/analysis";
import { type ChangeDigest, securityApiVersion } from "@bulkhead/api";
import { type AuditFile, parseAuditRecord } from "@bulkhead/audit";
import { type Client, changeDigests } from "@bulkhead/client";
import { auditedRequest } from "../audit/audited-request.ts";
import { openAudit } from "../audit/open-audit.ts";
import type { FoundInstance } from "../instance/find-instance.ts";
import { publish, publishedAs } from "./published.ts";

type Digest = ChangeDigest["digest"];

/** Without news it is written again after so many milliseconds: until then it is known up to where it goes. */
const publishAgain = 3_600_000;

/** A digest gone on with, up to the log's end. */
export function digested(
  before: Digest | undefined,
  file: Pick<AuditFile, "instanceId" | "rows" | "count">,
  to: string,
): Digest {
  // With another chain, or one that was put back to an earlier end, all begins anew.
  const known = before?.chain === file.instanceId && before.last <= file.count() ? before : undefined;
  let last = known?.last ?? 0;
  let from = known?.from;
  function* requests() {
    for (const { seq, record } of file.rows(last + 1)) {
      last = seq;
      const event = parseAuditRecord(record);
      if (event === undefined) continue;
      from ??= event.requestReceivedTimestamp;
      yield auditedRequest(event);
    }
  }
  const days = digestDays(known?.days ?? [], requests());
  const [first] = days;
  const begins = first === undefined || first.day <= (from ?? to).slice(0, 10) ? from : `${first.day}T00:00:00Z`;
  return { from: begins ?? to, to, chain: file.instanceId, last, days };
}

/** Publishes who changed what, day by day; true: something was written. `now` in milliseconds. */
export async function publishChanges(client: Client, { paths, config }: FoundInstance, now: number): Promise<boolean> {
  const name = config.nodeName;
  const there = await publishedAs(client, changeDigests, name);
  const file = await openAudit({ root: paths.root });
  try {
    const digest = digested(there?.digest, file, new Date(now).toISOString());
    const said = there?.digest;
    const isRecent = said !== undefined && now - Date.parse(said.to) < publishAgain;
    if (isRecent && isDeepStrictEqual(said.days, digest.days)) return false;
    const planned: ChangeDigest = { apiVersion: securityApiVersion, kind: "ChangeDigest", metadata: { name }, digest };
    await publish(client, changeDigests, there, planned);
    return true;
  } finally {
    file.close();
  }
}
