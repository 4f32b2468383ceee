import type { AuditFilter } from "@bulkhead/audit";
import { CommandFailure } from "../exit-codes.ts";

export interface FilterWords {
  readonly user?: string;
  readonly verb?: readonly string[];
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly code?: string;
  readonly since?: string;
  readonly until?: string;
  readonly contains?: string;
}

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `15m`, `2h`, `3d` before now, or a time. Throws CommandFailure. */
export function momentOf(flag: string, text: string, now: number): Date {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago !== null) return new Date(now - Number(ago[1]) * units[ago[2] as keyof typeof units]);
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new CommandFailure(`${flag} ${text}: write 15m, 2h, 3d, or a time such as 2026-12-01T00:00:00Z`);
  return new Date(time);
}

/** `404`, or `4xx` for all from 400 to 499. */
function codeOf(text: string): number {
  const found = /^([1-5])(xx|\d\d)$/i.exec(text);
  if (found === null) throw new CommandFailure(`--code ${text}: write 403, or 4xx for all of them`);
  return Number(found[2]?.toLowerCase() === "xx" ? found[1] : text);
}

/** What is looked for, from the options of a command. */
export function filterOf(words: FilterWords, now: number): AuditFilter {
  const { user, verb, resource, namespace, name, contains } = words;
  return {
    ...(user === undefined ? {} : { user }),
    ...(verb === undefined ? {} : { verbs: verb.flatMap((v) => v.split(",")) }),
    ...(resource === undefined ? {} : { resource: resource.toLowerCase() }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(words.code === undefined ? {} : { code: codeOf(words.code) }),
    ...(words.since === undefined ? {} : { since: momentOf("--since", words.since, now) }),
    ...(words.until === undefined ? {} : { until: momentOf("--until", words.until, now) }),
    ...(contains === undefined ? {} : { contains }),
  };
}
