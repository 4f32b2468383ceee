import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AuditFilter,
  type AuditMatch,
  type AuditVerification,
  auditKeyId,
  auditMatches,
  parseAuditRecord,
  searchAudit,
  tailAudit,
  verifyAudit,
} from "@bulkhead/audit";
import { instancePaths } from "@bulkhead/host";
import { type Anchor, readAnchor } from "../audit/anchor.ts";
import { noteAuditLook } from "../audit/audit-looks.ts";
import { type AuditOptions, auditKeys, openAudit, publicKey } from "../audit/open-audit.ts";
import { CommandFailure } from "../exit-codes.ts";

export interface VerifyOptions extends AuditOptions {
  /** PEM files of keys that may have signed, instead of the instance's own. */
  readonly key?: readonly string[];
  /** Files that `checkpoint export` wrote, kept elsewhere. */
  readonly anchor?: readonly string[];
}

export interface VerifyReport extends Omit<AuditVerification, "head"> {
  readonly instanceId: string;
  /** Records that held. */
  readonly records: number;
  /** Anchors among the checkpoints. */
  readonly anchors: number;
}

/** Reads the whole chain and names the first record that is not as it was written. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const anchors = await Promise.all((options.anchor ?? []).map(readAnchor));
  const file = await openAudit(options);
  try {
    // A key that was kept elsewhere is believed rather than the one that lies beside the chain.
    const keys =
      anchors.length > 0 && options.key === undefined
        ? anchors.map((a) => publicKey(a.publicKey, "the anchor"))
        : await auditKeys(options.root, options.key ?? []);
    const { head, ...result } = verifyAudit({
      instanceId: file.instanceId,
      rows: file.rows(1),
      checkpoints: [...file.checkpoints(), ...anchors.map((a) => a.checkpoint)],
      keys,
    });
    // Of a copy nothing is noted: it is not what the instance writes to.
    if (options.database === undefined)
      await noteAuditLook(options, { verified: { ok: result.verdict === "intact", at: new Date().toISOString() } });
    return { instanceId: file.instanceId, ...result, records: head.count, anchors: anchors.length };
  } finally {
    file.close();
  }
}

/** The newest checkpoint that the instance signed, with its key, for keeping elsewhere. */
export async function exportCheckpoint(options: AuditOptions): Promise<Anchor> {
  const pem = join(instancePaths(options.root).pki, "apiserver", "audit.pub");
  const [key] = await auditKeys(options.root, []);
  const file = await openAudit(options);
  try {
    const newest = file
      .checkpoints()
      .filter((c) => key !== undefined && c.keyId === auditKeyId(key))
      .toSorted((a, b) => b.count - a.count)[0];
    if (newest === undefined)
      throw new CommandFailure("nothing is signed yet: the API server signs within a minute of its first request", 1);
    await noteAuditLook(options, { exported: new Date().toISOString() });
    return { format: "bulkhead-audit-anchor-1", publicKey: await readFile(pem, "utf8"), checkpoint: newest };
  } finally {
    file.close();
  }
}

export interface TailOptions extends AuditOptions {
  readonly filter: AuditFilter;
  /** The last so many that fit. */
  readonly lines: number;
  readonly follow: boolean;
}

/** Hands over the last matching records and, where asked, each new one until the signal aborts. */
export async function tail(
  options: TailOptions,
  show: (match: AuditMatch) => void,
  signal: AbortSignal,
): Promise<void> {
  const file = await openAudit(options);
  try {
    const last: AuditMatch[] = [];
    const plain = Object.keys(options.filter).length === 0;
    const count = file.count();
    const from = plain ? Math.max(1, count - options.lines + 1) : 1;
    for (const match of searchAudit(file.rows(from), options.filter)) {
      if (match.seq > count) break;
      last.push(match);
      if (last.length > options.lines) last.shift();
    }
    last.forEach(show);
    if (!options.follow) return;
    for await (const { seq, record } of tailAudit(file, count + 1, signal)) {
      const event = parseAuditRecord(record);
      const text = options.filter.contains;
      if (event === undefined || (text !== undefined && !Buffer.from(record).includes(text))) continue;
      if (auditMatches(event, options.filter)) show({ seq, event });
    }
  } finally {
    file.close();
  }
}

/** Hands over every matching record, oldest first, up to a number; returns how many there were. */
export async function search(
  options: AuditOptions & { readonly filter: AuditFilter; readonly limit: number },
  show: (match: AuditMatch) => void,
): Promise<number> {
  const file = await openAudit(options);
  try {
    let found = 0;
    for (const match of searchAudit(file.rows(1), options.filter)) {
      if (found >= options.limit) break;
      found += 1;
      show(match);
    }
    return found;
  } finally {
    file.close();
  }
}
