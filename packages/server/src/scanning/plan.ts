/** What is known of one image's report, as far as it decides what is to be done next. */
export interface ReportState {
  /** Absent: it was never read. */
  readonly scannedAt?: number;
  readonly matchedAt?: number;
  /** The advisories that it was matched with. */
  readonly generation?: string;
  /** What was said and loaded of it then (ImageNews.stamp). */
  readonly news?: string;
  /** Attempts that failed since the last that did not, and the time of the last. */
  readonly failures?: number;
  readonly failedAt?: number;
}

export interface ScanFactsNow {
  /** Digests that run or wait to run; those that are waited for come first. */
  readonly wanted: readonly string[];
  readonly known: ReadonlyMap<string, ReportState>;
  /** Of the advisories at hand; undefined: they are being written. */
  readonly generation: string | undefined;
  /** What is said and loaded of it now; absent: nobody asks. */
  readonly newsOf?: (digest: string) => string | undefined;
  readonly now: number;
}

export type ScanStep =
  | { readonly do: "scan"; readonly digest: string }
  | { readonly do: "match"; readonly digests: readonly string[] }
  | { readonly do: "wait"; readonly until: number };

const minute = 60_000;
/** Matched again at least so often: sources grow old, deadlines pass. */
const freshFor = 24 * 60 * minute;
const longestWait = 6 * 60 * minute;

const retryAt = ({ failures = 0, failedAt = 0 }: ReportState): number =>
  failures === 0 ? 0 : failedAt + Math.min(longestWait, minute * 2 ** (failures - 1));

/** What is to be done next: first what was never read, one at a time, then everything whose advisories changed at once. */
export function planScans({ wanted, known, generation, newsOf, now }: ScanFactsNow): ScanStep {
  if (generation === undefined) return { do: "wait", until: now };
  const wakes: number[] = [];
  const due = (state: ReportState): boolean => {
    const at = retryAt(state);
    if (at > now) wakes.push(at);
    return at <= now;
  };
  for (const digest of wanted) {
    const state = known.get(digest) ?? {};
    if (state.scannedAt === undefined && due(state)) return { do: "scan", digest };
  }
  const digests = wanted.filter((digest) => {
    const state = known.get(digest) ?? {};
    if (state.scannedAt === undefined) return false;
    const old = (state.matchedAt ?? 0) + freshFor;
    if (state.generation === generation && state.news === newsOf?.(digest) && old > now) {
      wakes.push(old);
      return false;
    }
    return due(state);
  });
  if (digests.length > 0) return { do: "match", digests };
  return { do: "wait", until: Math.min(now + freshFor, ...wakes) };
}
