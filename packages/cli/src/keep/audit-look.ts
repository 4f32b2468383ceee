import { searchAudit } from "@bulkhead/audit";
import type { InstancePaths } from "@bulkhead/host";
import { lastOfMasters, noteAuditLook, readAuditLooks } from "../audit/audit-looks.ts";
import { openAudit } from "../audit/open-audit.ts";
import { verify } from "../commands/audit.ts";

const day = 86_400_000;
/** So many records, the last ones, are gone through for who asked. */
const most = 200_000;

/**
 * Once a day: verifies the whole chain of the audit log, and looks who worked as system:masters in the last week. What was found
 * is noted; a chain that does not hold is returned in words. `now` in milliseconds. Throws CommandFailure.
 */
export async function lookAtAudit(paths: InstancePaths, now: number): Promise<string | undefined> {
  const before = await readAuditLooks(paths);
  const isRecent = (at: string | undefined): boolean => at !== undefined && Math.abs(now - Date.parse(at)) < day;
  if (isRecent(before?.verified?.at) && isRecent(before?.masters?.at)) return undefined;
  const { verdict, says } = await verify({ root: paths.root });
  const file = await openAudit({ root: paths.root });
  try {
    const found = searchAudit(file.rows(Math.max(1, file.count() - most + 1)), {});
    const last = lastOfMasters(
      found.map(({ event }) => event),
      now - 7 * day,
    );
    const at = new Date(now).toISOString();
    await noteAuditLook(paths, { masters: { at, ...(last === undefined ? {} : { last }) } });
  } finally {
    file.close();
  }
  return verdict === "intact" ? undefined : `the audit log does not hold: ${says}`;
}
