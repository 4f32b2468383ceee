/** What kind of data a source is, which says in what form it is read. */
export type SourceKind =
  | "osv"
  | "debian-tracker"
  | "debian-suite"
  | "alpine-secdb"
  | "redhat-vex"
  | "kev"
  | "epss"
  | "endoflife";

/** One source as it was last taken in. */
export interface SourceState {
  /** `osv/PyPI`, `debian-tracker`, `alpine-secdb/v3.22/main`, `kev`. */
  readonly name: string;
  readonly kind: SourceKind;
  /** Folder, file or address that it came from. */
  readonly location: string;
  /** When it was last taken in, or found unchanged. Milliseconds, as all times here. */
  readonly checked: number;
  /** Time of the newest thing in it, by its own word or its publisher's; absent where nothing says. */
  readonly newest?: number;
  /** Records that count: withdrawn, irrelevant and unreadable ones aside. */
  readonly records: number;
  readonly withdrawn: number;
  /** Well-formed records about other things than packages of images. */
  readonly irrelevant: number;
  readonly unreadable: { readonly count: number; readonly first: readonly { name: string; why: string }[] };
  /** Scopes that its advisories are of. */
  readonly scopes: readonly string[];
  /** When it was last taken in whole, of a source whose changes are also taken in by themselves. */
  readonly whole?: number;
  /** What a mirror said for the next conditional request. */
  readonly etag?: string;
  /** Records before the last refresh, which shrank it by a tenth or more and was accepted at its import. */
  readonly shrunkFrom?: number;
  /** A refresh that would have shrunk the source by a tenth or more, and waits to be accepted. */
  readonly held?: { readonly at: number; readonly records: number };
}

/** How old is too old, in days. */
interface Freshness {
  /** Since we last asked. */
  readonly checked: number;
  /** Since its publisher last changed it: a feed that froze upstream shows only here. */
  readonly newest: number;
}

const freshness: Readonly<Record<SourceKind, Freshness>> = {
  osv: { checked: 3, newest: 30 },
  "debian-tracker": { checked: 3, newest: 30 },
  "debian-suite": { checked: 3, newest: 30 },
  "alpine-secdb": { checked: 3, newest: 60 },
  "redhat-vex": { checked: 3, newest: 30 },
  kev: { checked: 3, newest: 30 },
  epss: { checked: 3, newest: 7 },
  endoflife: { checked: 30, newest: 180 },
};

const day = 86_400_000;

/** A source as every result shows it. */
export interface SourceAge {
  readonly name: string;
  readonly records: number;
  readonly checkedDaysAgo: number;
  readonly newestDaysAgo?: number;
  /** Why it is too old to be believed whole; absent: it is fresh. */
  readonly stale?: "not-checked" | "frozen" | "held";
}

/** How old a source is at a time. */
export function ageOf(source: SourceState, now: number): SourceAge {
  const days = (since: number): number => Math.max(0, Math.floor((now - since) / day));
  const limits = freshness[source.kind];
  const checkedDaysAgo = days(source.checked);
  const newestDaysAgo = source.newest === undefined ? undefined : days(source.newest);
  const stale =
    source.held !== undefined
      ? "held"
      : checkedDaysAgo > limits.checked
        ? "not-checked"
        : newestDaysAgo !== undefined && newestDaysAgo > limits.newest
          ? "frozen"
          : undefined;
  return {
    name: source.name,
    records: source.records,
    checkedDaysAgo,
    ...(newestDaysAgo === undefined ? {} : { newestDaysAgo }),
    ...(stale === undefined ? {} : { stale }),
  };
}
