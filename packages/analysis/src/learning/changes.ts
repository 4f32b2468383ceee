import type { DigestedChange, DigestedDay } from "@bulkhead/api";
import type { BriefFacts } from "./brief-page.ts";

/** Of a record of the audit log what a digest is made of. */
export interface AuditedRequest {
  readonly who: string;
  readonly verb: string;
  /** `deployments`, `pods/exec`; a path where it is about no object. */
  readonly resource: string;
  /** `shop/web`; "": about none by name. */
  readonly name: string;
  /** Of its answer. */
  readonly code: number;
}

export interface TallyLimits {
  readonly rows: number;
  readonly names: number;
}

/** What fits into an object of the API. */
const published: TallyLimits = { rows: 64, names: 4 };
const mostDays = 31;
const longest = 253;

/** A review is a question in the form of an object. */
const isQuestion = (resource: string): boolean => resource.endsWith("reviews");
const changing: ReadonlySet<string> = new Set(["create", "update", "patch", "delete", "deletecollection"]);
/** The cluster's own parts change things all day; accounts of workloads are somebody's. */
const isOurs = (who: string): boolean =>
  who.startsWith("system:") &&
  (!who.startsWith("system:serviceaccount:") || who.startsWith("system:serviceaccount:kube-system:"));

type Row = Omit<DigestedChange, "names" | "more" | "times"> & { names: Set<string>; more: boolean; times: number };

const rowKey = ({ who, verb, resource }: Pick<DigestedChange, "who" | "verb" | "resource">): string =>
  `${who}\n${verb}\n${resource}`;
const cut = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`);

/** Counts who changed what in one day, going on from what is known of it. Numbers and names alone are kept. */
export class DayTally {
  readonly #day: string;
  readonly #limits: TallyLimits;
  readonly #rows = new Map<string, Row>();
  #refused: number;
  #left: number;

  constructor({ day, refused, changes, left }: DigestedDay, limits: TallyLimits = published) {
    this.#day = day;
    this.#limits = limits;
    this.#refused = refused;
    this.#left = left;
    for (const { names, more = false, ...change } of changes)
      this.#rows.set(rowKey(change), { ...change, names: new Set(names), more });
  }

  take({ who, verb, resource, name, code }: AuditedRequest): void {
    if (who === "" || isOurs(who)) return;
    if (code === 403) this.#refused += 1;
    if (!changing.has(verb) || code >= 300 || isQuestion(resource)) return;
    const change = { who: cut(who), verb, resource: cut(resource) };
    const row = this.#rows.get(rowKey(change));
    if (row === undefined && this.#rows.size >= this.#limits.rows) {
      this.#left += 1;
      return;
    }
    const { names, ...rest } = row ?? { ...change, names: new Set<string>(), more: false, times: 0 };
    const known = name === "" || names.has(cut(name));
    if (!known && names.size < this.#limits.names) names.add(cut(name));
    this.#rows.set(rowKey(change), {
      ...rest,
      names,
      more: rest.more || (!known && !names.has(cut(name))),
      times: rest.times + 1,
    });
  }

  get digested(): DigestedDay {
    return {
      day: this.#day,
      refused: this.#refused,
      changes: [...this.#rows.values()].map(({ names, more, ...row }) => ({
        ...row,
        names: [...names],
        ...(more ? { more: true as const } : {}),
      })),
      left: this.#left,
    };
  }
}

export const emptyDay = (day: string): DigestedDay => ({ day, refused: 0, changes: [], left: 0 });

/** Takes requests in, each at its time (RFC 3339), into the days that are known; the oldest days go. */
export function digestDays(
  known: readonly DigestedDay[],
  requests: Iterable<AuditedRequest & { readonly at: string }>,
): readonly DigestedDay[] {
  const days = new Map(known.map((day) => [day.day, new DayTally(day)]));
  for (const request of requests) {
    const day = request.at.slice(0, 10);
    const tally = days.get(day) ?? new DayTally(emptyDay(day));
    days.set(day, tally);
    tally.take(request);
  }
  return [...days]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(-mostDays)
    .map(([, tally]) => tally.digested);
}

/** Few at once are a person's work and come first. */
const width = ({ names, more }: Row): number => (more ? Number.POSITIVE_INFINITY : names.size);

function named({ names, more }: Row): string {
  const all = [...names];
  if (more) return `${all.slice(0, 2).join(", ")} and others`;
  return all.length <= 3 ? all.join(", ") : `${all.slice(0, 2).join(", ")} and ${all.length - 2} more`;
}

/** What a brief says of days. */
export function briefChanges(days: readonly DigestedDay[]): NonNullable<BriefFacts["audit"]> {
  const rows = new Map<string, Row>();
  for (const { names, more = false, ...change } of days.flatMap(({ changes }) => changes)) {
    const row = rows.get(rowKey(change));
    rows.set(rowKey(change), {
      ...change,
      names: new Set([...(row?.names ?? []), ...names]),
      more: more || row?.more === true,
      times: change.times + (row?.times ?? 0),
    });
  }
  return {
    changes: [...rows.values()]
      .toSorted((a, b) => width(a) - width(b) || 0)
      .map((row) => ({
        who: row.who,
        verb: row.verb,
        what: `${row.resource} ${named(row)}`.trim(),
        times: row.times,
      })),
    refused: days.reduce((sum, { refused }) => sum + refused, 0),
    left: days.reduce((sum, { left }) => sum + left, 0),
  };
}
