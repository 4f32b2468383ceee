import type { MatchResult, Package, ReleaseCycle, SourceAge } from "@bulkhead/images";
import {
  type Candidate,
  type Item,
  type ItemVulnerability,
  judge,
  type Newest,
  type Support,
  urgentFirst,
} from "./item.ts";

/** Something that could not be seen from where we looked, so that its absence is not taken for health. */
export interface Unseen {
  readonly what: string;
  readonly why: string;
}

/** One inventory of what could grow old. */
export interface CurrencyInventory {
  readonly format: 1;
  /** The instance's root, the cluster's address, or the manifests' place. */
  readonly of: string;
  /** RFC 3339. */
  readonly at: string;
  /** What is to be done first, first. */
  readonly items: readonly Item[];
  /** Everything that was asked, with its age. */
  readonly sources: readonly SourceAge[];
  readonly unseen: readonly Unseen[];
}

/** What the advisories at hand can be asked. Nothing of it is looked up by this package itself. */
export interface Lookups {
  /** Holds packages against the advisories; one decider for images and for this. */
  readonly match: (packages: readonly Package[]) => MatchResult;
  /** Release lines of a product as endoflife.date names it; empty: not known. */
  readonly cycles: (product: string) => readonly ReleaseCycle[];
  /** The line that a version is of. */
  readonly cycleOf: (cycles: readonly ReleaseCycle[], version: string) => ReleaseCycle | undefined;
  readonly sources: readonly SourceAge[];
}

/** Whether a flaw of a thing touches this installation, by what is known of the thing. */
export type Touch = (
  id: string,
  code: "linked" | "not-linked" | undefined,
) => Pick<ItemVulnerability, "touches" | "because">;

/** Something with a version that advisories and support dates may speak of. */
export interface Subject extends Pick<Candidate, "kind" | "name" | "version" | "origin" | "remedy"> {
  /** As advisories know it; absent: no source at hand names its flaws, which `unlisted` says. */
  readonly package?: Package;
  readonly unlisted?: string;
  /** endoflife.date's name of it; `upstream`: the version as that product counts it. */
  readonly lifecycle?: {
    readonly product: string;
    readonly version: string;
    /** Only the line is known, not which release of it: nothing can be said of what is newest. */
    readonly lineOnly?: true;
    /** Who goes on mending it when its publisher has ended. */
    readonly mendedBy?: string;
  };
  readonly newest?: Newest;
  /** Flaws that somebody else has found already. */
  readonly known?: readonly ItemVulnerability[];
  readonly touch: Touch;
  /** What else could not be looked up. */
  readonly gaps?: readonly string[];
}

/** Everything judged, the most urgent first. */
export function inventoryOf(
  subjects: readonly Subject[],
  others: readonly Candidate[],
  lookups: Lookups,
  about: { readonly of: string; readonly now: number; readonly unseen: readonly Unseen[] },
): CurrencyInventory {
  const { now } = about;
  const candidates = [...candidatesOf(subjects, lookups, now), ...others];
  return {
    format: 1,
    of: about.of,
    at: new Date(now).toISOString(),
    items: urgentFirst(candidates.map((each) => judge(each, now))),
    sources: lookups.sources,
    unseen: about.unseen,
  };
}

/** All that is known of things, not judged yet. */
export const candidatesOf = (subjects: readonly Subject[], lookups: Lookups, now: number): Candidate[] =>
  subjects.map((subject) => candidateOf(subject, lookups, now));

function candidateOf(subject: Subject, lookups: Lookups, now: number): Candidate {
  const { kind, name, version, origin, remedy, newest } = subject;
  const flaws = flawsOf(subject, lookups, now);
  const lifecycle = lifecycleOf(subject, lookups, now);
  const asked = [newest, flaws.newest, lifecycle.newest].filter((each) => each !== undefined);
  const best = asked.find(({ newer }) => newer) ?? asked[0];
  const seen = new Set<string>();
  const vulnerabilities = [...(subject.known ?? []), ...flaws.vulnerabilities].filter(
    ({ id }) => !seen.has(id) && seen.add(id),
  );
  return {
    kind,
    name,
    version,
    origin,
    remedy,
    vulnerabilities,
    ...(subject.package === undefined || subject.package.ecosystem === "runtime" ? {} : { flawsAsked: true as const }),
    ...(subject.package?.purl === undefined ? {} : { purl: subject.package.purl }),
    ...(lifecycle.support === undefined ? {} : { support: lifecycle.support }),
    ...(best === undefined ? {} : { newest: best }),
    gaps: [...new Set([...flaws.gaps, ...lifecycle.gaps, ...(subject.gaps ?? [])])],
  };
}

function flawsOf(
  { package: about, unlisted, touch }: Subject,
  { match, sources }: Lookups,
  now: number,
): {
  readonly newest?: Newest;
  readonly vulnerabilities: readonly ItemVulnerability[];
  readonly gaps: readonly string[];
} {
  if (about === undefined) return { vulnerabilities: [], gaps: unlisted === undefined ? [] : [unlisted] };
  const { findings, coverage, undecided, thirdParty } = match([about]);
  const vulnerabilities = findings
    .filter(
      (finding) =>
        (finding.kind === "vulnerability" || finding.kind === "malicious") && finding.suppressed === undefined,
    )
    .map((finding): ItemVulnerability => {
      const repaired = finding.ids
        .map((id) => touch(id, finding.vulnerableCode))
        .find(({ touches }) => touches === "no");
      return {
        id: finding.id,
        severity: finding.kind === "malicious" ? "critical" : finding.severity.level,
        ...(finding.fix.version === undefined ? {} : { fixed: finding.fix.version }),
        exploited: finding.exploited !== undefined,
        ...(repaired ?? touch(finding.id, finding.vulnerableCode)),
        ...(finding.summary === "" ? {} : { summary: finding.summary }),
        sources: finding.sources,
      };
    });
  // A security suite has something newer, and nobody says what it mends.
  const update = findings.find(({ kind, fix }) => kind === "update" && fix.version !== undefined);
  const source = sources.find(({ name }) => name === update?.sources[0]);
  const at = new Date(now - (source?.checkedDaysAgo ?? 0) * 86_400_000).toISOString();
  return {
    vulnerabilities,
    ...(update?.fix.version === undefined
      ? {}
      : {
          newest: { version: update.fix.version, source: update.sources.join(", "), at, newer: true, security: true },
        }),
    gaps: [
      ...(coverage.length === 0 && thirdParty.length === 0 && about.ecosystem !== "runtime"
        ? [`no advisories could be asked about ${about.name}`]
        : []),
      ...coverage.flatMap(({ scope, verdict, sources, fixesOnly }) =>
        verdict === "unknown"
          ? [`no advisories of ${scope} are at hand (bulkhead advisories import)`]
          : verdict === "stale"
            ? [`the advisories of ${scope} are too old (${sources.join(", ")})`]
            : fixesOnly === true
              ? [`of ${scope} only flaws that have a fix are known (${sources.join(", ")})`]
              : [],
      ),
      ...thirdParty.map(({ name }) => `${name} was not built by the distribution, whose advisories do not speak of it`),
      ...undecided.map(({ id, why }) => `${id ?? about.name} could not be decided (${why})`),
    ],
  };
}

function lifecycleOf(
  { lifecycle, version }: Subject,
  { cycles, cycleOf, sources }: Lookups,
  now: number,
): { readonly support?: Support; readonly newest?: Newest; readonly gaps: readonly string[] } {
  if (lifecycle === undefined) return { gaps: [] };
  const source = sources.find(({ name }) => name === "endoflife");
  if (source === undefined) return { gaps: ["no support dates are at hand (endoflife.date)"] };
  const found = cycleOf(cycles(lifecycle.product), lifecycle.version);
  if (found === undefined) return { gaps: [`endoflife.date does not know ${lifecycle.product} ${lifecycle.version}`] };
  const { endOfLife: end, extendedSupport, latest } = found;
  const past = (when: string | boolean | undefined): boolean =>
    typeof when === "string" ? Date.parse(when) <= now : when === true;
  const line = `endoflife.date: ${lifecycle.product} ${found.cycle}`;
  const since = typeof end === "string" ? ` ended ${end}` : " has ended";
  const { mendedBy } = lifecycle;
  const support = ((): Support | undefined => {
    if (end === undefined) return undefined;
    const until = typeof end === "string" ? { until: end } : {};
    if (!past(end)) return { ...until, ended: false, from: line };
    if (mendedBy !== undefined)
      return {
        ended: false,
        extended: true,
        from: `${line}, its publisher's support${since}; ${mendedBy} alone mends it`,
      };
    return typeof extendedSupport === "string" && !past(extendedSupport)
      ? { until: extendedSupport, ended: false, extended: true, from: `${line}, ordinary support${since}` }
      : { ...until, ended: true, from: line };
  })();
  const at = new Date(now - source.checkedDaysAgo * 86_400_000).toISOString();
  const plain = lifecycle.version.replace(/^v/, "");
  return {
    ...(support === undefined ? {} : { support }),
    ...(latest === undefined || lifecycle.lineOnly === true
      ? {}
      : { newest: { version: latest, source: "endoflife.date", at, newer: isOlder(plain, latest) } }),
    gaps: [
      ...(source.stale === undefined
        ? []
        : [`the support dates are too old (endoflife.date, ${source.checkedDaysAgo} days)`]),
      ...(latest === undefined && lifecycle.lineOnly !== true
        ? [`nobody was asked for the newest ${lifecycle.product} ${version}`]
        : []),
    ],
  };
}

/** Upstream's plain numbers, compared one by one; what is no number is not compared. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): readonly number[] => (/^\d+(?:\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
  const [a, b] = [numbers(version), numbers(than)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x = 0, y = 0] = [a[i], b[i]];
    if (x !== y) return x < y;
  }
  return false;
}
