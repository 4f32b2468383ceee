import { type Bar, type FindingItem, type ItemKind, isAbove } from "./finding-item.ts";
import { rank } from "./scan-report.ts";

/** One finding that was there before. */
export interface BaselineEntry {
  readonly kind: ItemKind;
  readonly id: string;
  /** Other names of the flaw: advisories are renamed and joined. */
  readonly aliases?: readonly string[];
  /** As in `FindingItem`; absent: wherever it is found. */
  readonly subject?: string;
  /** As it was rated; absent: however it is rated. */
  readonly severity?: string;
  readonly exploited?: true;
  readonly malicious?: true;
  /** Why it may stay. */
  readonly reason?: string;
  /** From then on it counts again; milliseconds since the epoch. */
  readonly expires?: number;
}

/** How a finding stands beside a baseline. Only `known` ones do not count. */
export type Standing =
  | { readonly is: "new" }
  | { readonly is: "known"; readonly entry: BaselineEntry }
  /** It was below the bar, or not known to be exploited or malicious, and is now. */
  | { readonly is: "worse"; readonly entry: BaselineEntry }
  | { readonly is: "expired"; readonly entry: BaselineEntry };

export interface Compared {
  /** One for each finding, in its order. */
  readonly standings: ReadonlyMap<FindingItem, Standing>;
  /** What was there before and is not found any more. */
  readonly gone: readonly BaselineEntry[];
}

const keyOf = (kind: ItemKind, name: string): string => `${kind} ${name}`;

const covers = ({ subject }: BaselineEntry, item: FindingItem): boolean =>
  subject === undefined || subject === item.subject;

/** Whether a finding weighs more than when it was written down. */
function isWorse(item: FindingItem, entry: BaselineEntry, bar: Bar): boolean {
  if (entry.severity === undefined || !isAbove(item, bar)) return false;
  if (item.malicious === true && entry.malicious !== true) return true;
  if (item.exploited === true && entry.exploited !== true) return true;
  return !isAbove({ ...entry, ids: [], subject: "", severity: entry.severity, fixable: true }, bar);
}

/**
 * Holds findings against a baseline. `lookedAt` says which kinds this scan could find at all: without advisories no flaw is
 * found, and none is gone.
 */
export function compareBaseline(
  items: readonly FindingItem[],
  entries: readonly BaselineEntry[],
  bar: Bar,
  now: number,
  lookedAt: (kind: ItemKind) => boolean,
): Compared {
  const index = new Map<string, BaselineEntry[]>();
  for (const entry of entries)
    for (const name of new Set([entry.id, ...(entry.aliases ?? [])])) {
      const key = keyOf(entry.kind, name);
      index.set(key, [...(index.get(key) ?? []), entry]);
    }
  const met = new Set<BaselineEntry>();
  const standingOf = (item: FindingItem): Standing => {
    const fitting = item.ids.flatMap((id) => index.get(keyOf(item.kind, id)) ?? []).filter((e) => covers(e, item));
    for (const entry of fitting) met.add(entry);
    const valid = fitting.filter(({ expires }) => expires === undefined || expires > now);
    const [first] = fitting;
    if (first === undefined) return { is: "new" };
    const known = valid.find((entry) => !isWorse(item, entry, bar));
    if (known !== undefined) return { is: "known", entry: known };
    const [worse] = valid;
    return worse === undefined ? { is: "expired", entry: first } : { is: "worse", entry: worse };
  };
  const standings = new Map(items.map((item) => [item, standingOf(item)]));
  return { standings, gone: entries.filter((entry) => !met.has(entry) && lookedAt(entry.kind)) };
}

/** What counts for the exit code: above the bar, and not known before. */
export const counting = (
  items: readonly FindingItem[],
  bar: Bar,
  compared: Compared | undefined,
): readonly FindingItem[] =>
  items.filter((item) => isAbove(item, bar) && compared?.standings.get(item)?.is !== "known");

/** Entries for all that is found, with the reasons and ends that people gave those of before. */
export function entriesOf(items: readonly FindingItem[], compared: Compared | undefined): readonly BaselineEntry[] {
  const entries = new Map<string, BaselineEntry>();
  for (const item of items) {
    const { kind, id, ids, subject } = item;
    const standing = compared?.standings.get(item);
    const before = standing === undefined || standing.is === "new" ? undefined : standing.entry;
    const key = `${kind} ${id} ${subject}`;
    // The same flaw in two versions of a package is one entry, as grave as the graver.
    const other = entries.get(key);
    const aliases = [...new Set([...ids, ...(other?.aliases ?? [])])].filter((name) => name !== id).toSorted();
    const severity =
      other?.severity !== undefined && rank(other.severity) < rank(item.severity) ? other.severity : item.severity;
    const [reason, expires] = [before?.reason ?? other?.reason, before?.expires ?? other?.expires];
    entries.set(key, {
      kind,
      id,
      ...(aliases.length === 0 ? {} : { aliases }),
      subject,
      severity,
      ...(item.exploited === true || other?.exploited === true ? { exploited: true as const } : {}),
      ...(item.malicious === true || other?.malicious === true ? { malicious: true as const } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(expires === undefined ? {} : { expires }),
    });
  }
  return [...entries].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, entry]) => entry);
}
