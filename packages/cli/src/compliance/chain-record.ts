import type { ChainRecord } from "@bulkhead/analysis";
import { type AuditRow, parseAuditRecord, verifyAudit } from "@bulkhead/audit";
import { auditKeys, openAudit } from "../audit/open-audit.ts";

const timeOf = (row: AuditRow | undefined): string | undefined =>
  row === undefined ? undefined : parseAuditRecord(row.record)?.requestReceivedTimestamp;

/** The instance's audit chain, held against its signatures now. Throws CommandFailure where it cannot be read. */
export async function chainRecord(root: string): Promise<ChainRecord> {
  const file = await openAudit({ root });
  try {
    const keys = await auditKeys(root, []);
    const checkpoints = file.checkpoints();
    let first: AuditRow | undefined;
    let last: AuditRow | undefined;
    const passing = function* (): Generator<AuditRow> {
      for (const row of file.rows(1)) {
        first ??= row;
        last = row;
        yield row;
      }
    };
    const { verdict, says, head } = verifyAudit({ instanceId: file.instanceId, rows: passing(), checkpoints, keys });
    const newest = checkpoints.toSorted((a, b) => b.count - a.count)[0];
    const [from, to] = [timeOf(first), timeOf(last)];
    return {
      instanceId: file.instanceId,
      verdict,
      says,
      records: head.count,
      head: Buffer.from(head.hash).toString("hex"),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(newest === undefined
        ? {}
        : {
            checkpoint: {
              count: newest.count,
              hash: newest.hash,
              time: newest.time,
              keyId: newest.keyId,
              signature: newest.signature,
            },
          }),
    };
  } finally {
    file.close();
  }
}
