import { type AuditEvent, parseAuditRecord } from "./audit-event.ts";
import type { AuditRow } from "./chain.ts";

/** What to look for; all that is given must fit. Times are compared as instants. */
export interface AuditFilter {
  readonly user?: string;
  readonly verbs?: readonly string[];
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** 200, or a class: 4 for 400 to 499. */
  readonly code?: number;
  readonly since?: Date;
  readonly until?: Date;
  /** Anywhere in the record, as written. */
  readonly contains?: string;
}

export interface AuditMatch {
  readonly seq: number;
  readonly event: AuditEvent;
}

export function auditMatches(event: AuditEvent, filter: AuditFilter): boolean {
  const { user, verbs, resource, namespace, name, code, since, until } = filter;
  const by = (event.impersonatedUser ?? event.user).username;
  if (user !== undefined && by !== user && event.user.username !== user) return false;
  if (verbs !== undefined && !verbs.includes(event.verb)) return false;
  const ref = event.objectRef;
  if (resource !== undefined && ref?.resource !== resource && `${ref?.resource}/${ref?.subresource}` !== resource)
    return false;
  if (namespace !== undefined && ref?.namespace !== namespace) return false;
  if (name !== undefined && ref?.name !== name) return false;
  const answered = event.responseStatus?.code;
  if (code !== undefined && answered !== code && Math.floor((answered ?? 0) / 100) !== code) return false;
  const at = Date.parse(event.requestReceivedTimestamp);
  return (since === undefined || at >= since.getTime()) && (until === undefined || at <= until.getTime());
}

/** Matching records, in order. What is no event (damaged) matches nothing. */
export function* searchAudit(rows: Iterable<AuditRow>, filter: AuditFilter): Generator<AuditMatch> {
  for (const { seq, record } of rows) {
    if (filter.contains !== undefined && !Buffer.from(record).includes(filter.contains)) continue;
    const event = parseAuditRecord(record);
    if (event !== undefined && auditMatches(event, filter)) yield { seq, event };
  }
}
