/** What an item of the inventory is. */
export const itemKinds = [
  "bulkhead",
  "dependency",
  "runtime",
  "part",
  "kernel",
  "system-package",
  "control-plane",
  "node",
  "api-version",
  "image",
  "certificate",
  "key",
  "token",
] as const;
export type ItemKind = (typeof itemKinds)[number];

/**
 * - `vulnerable`: something known is wrong with it that touches this installation, or may.
 * - `unsupported`: its publisher mends it no more, or its time is over.
 * - `update`: something newer is there, or its end is near.
 * - `unknown`: not everything that would have to be known was looked up.
 * - `current`: all that was, and nothing speaks against it.
 */
export const verdicts = ["vulnerable", "unsupported", "update", "unknown", "current"] as const;
export type Verdict = (typeof verdicts)[number];

/** `unknown` where no fact tells; never taken for a no. */
export type Touches = "yes" | "no" | "unknown";

export type ItemSeverity = "critical" | "high" | "medium" | "low" | "negligible" | "unknown";

/** A known flaw, and whether it matters here. */
export interface ItemVulnerability {
  readonly id: string;
  readonly severity: ItemSeverity;
  /** The version that mends it; absent: none is known. */
  readonly fixed?: string;
  /** Known to be used in attacks. */
  readonly exploited: boolean;
  readonly touches: Touches;
  /** The evidence for `touches`, for a person. */
  readonly because: string;
  readonly summary?: string;
  /** Names of the sources that say so. */
  readonly sources: readonly string[];
}

/** What is told of an item before it is judged. */
export interface Candidate {
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
  /** Where it was found: a file, a command, an object. */
  readonly origin: string;
  readonly purl?: string;
  readonly support?: Support;
  readonly vulnerabilities: readonly ItemVulnerability[];
  /** Known and counted beside those. */
  readonly furtherVulnerabilities?: number;
  readonly newest?: Newest;
  /** Its flaws were looked up; absent: of such a thing none are published, or nobody could look. */
  readonly flawsAsked?: true;
  /** What could not be looked up and would have to be, before it may be called current: sentences without a full stop. */
  readonly gaps: readonly string[];
  /** What a person should do where it is not current. */
  readonly remedy: string;
  /** When it was made, RFC 3339: of keys and tokens. */
  readonly since?: string;
}

/** Support that ends, or a validity that does. */
export interface Support {
  /** YYYY-MM-DD or RFC 3339; absent: it has ended or goes on, nobody says when. */
  readonly until?: string;
  readonly ended: boolean;
  readonly from: string;
  /** Ordinary support is over; `until` is that of a community or of those who pay. */
  readonly extended?: boolean;
}

/** What the one who was asked has that is newest. */
export interface Newest {
  readonly version: string;
  readonly source: string;
  /** When it was asked, RFC 3339. */
  readonly at: string;
  /** Whether that is another than the one here. */
  readonly newer: boolean;
  /** It comes from a security suite: somebody mended something. */
  readonly security?: boolean;
}

/** One thing that can grow old. */
export interface Item extends Omit<Candidate, "remedy"> {
  /** `part/runc`: what `current show` takes. */
  readonly id: string;
  readonly verdict: Verdict;
  /** Why, in one sentence without a full stop. */
  readonly because: string;
  /** A command or a step; absent where nothing needs to be done. */
  readonly whatToDo?: string;
}

const day = 86_400_000;

/** How long before the end of support or validity somebody is told, in days. */
export const nearDays = (kind: ItemKind): number => (kind === "certificate" || kind === "token" ? 7 : 60);

/** Whole days from now to a date; negative where it is past. Undefined for what is no date. */
export function daysUntil(date: string, now: number): number | undefined {
  const at = Date.parse(date);
  return Number.isNaN(at) ? undefined : Math.floor((at - now) / day);
}

/** Whether support or validity is over at a moment: it may end after it was looked up. */
export const hasEnded = ({ ended, until }: Support, now: number): boolean =>
  ended || (until !== undefined && Date.parse(until) <= now);

/** The gravest of what is said against a thing: what does not touch us is no reason. */
export function judge(candidate: Candidate, now: number): Item {
  const { remedy, ...told } = candidate;
  const { verdict, because } = verdictOf(candidate, now);
  return {
    id: `${candidate.kind}/${candidate.name}`,
    ...told,
    vulnerabilities: told.vulnerabilities.toSorted(gravestFirst),
    verdict,
    because,
    ...(verdict === "current" ? {} : { whatToDo: verdict === "unknown" ? lookUp(candidate) : remedy }),
  };
}

/** The commands that the gaps themselves name. */
function lookUp({ gaps }: Candidate): string {
  const commands = gaps.flatMap((gap) => /\(((?:bulkhead|apt-get) [^)]+)\)/.exec(gap)?.[1] ?? []);
  return commands.length === 0 ? "nothing on this machine can look it up" : [...new Set(commands)].join("; ");
}

function verdictOf(candidate: Candidate, now: number): { readonly verdict: Verdict; readonly because: string } {
  const { vulnerabilities, support, newest, gaps } = candidate;
  const counted = vulnerabilities.filter(({ touches }) => touches !== "no").toSorted(gravestFirst);
  const [worst] = counted;
  if (worst !== undefined) {
    const others = counted.length - 1 + (candidate.furtherVulnerabilities ?? 0);
    const more = others > 0 ? ` and ${others} more` : "";
    const used = worst.exploited ? ", known to be used in attacks" : "";
    return { verdict: "vulnerable", because: `${worst.id} (${worst.severity}${used})${more}: ${worst.because}` };
  }
  if (support !== undefined && hasEnded(support, now))
    return {
      verdict: "unsupported",
      because: support.until === undefined ? `over (${support.from})` : `over since ${support.until} (${support.from})`,
    };
  if (newest?.newer === true)
    return {
      verdict: "update",
      because: `${newest.version} is there${newest.security === true ? ", a security fix" : ""} (${newest.source})`,
    };
  if (support?.extended === true)
    return {
      verdict: "update",
      because: `only extended support is left${support.until === undefined ? "" : `, until ${support.until}`} (${support.from})`,
    };
  const left = support?.until === undefined ? undefined : daysUntil(support.until, now);
  if (left !== undefined && left <= nearDays(candidate.kind))
    return { verdict: "update", because: `ends in ${left} days, ${support?.until} (${support?.from})` };
  if (gaps.length > 0) return { verdict: "unknown", because: gaps.join("; ") };
  return { verdict: "current", because: praise(candidate) };
}

function praise({ vulnerabilities, newest, support, flawsAsked, version, kind }: Candidate): string {
  const parts = [
    vulnerabilities.length > 0
      ? `${vulnerabilities.length} known and none touches this installation`
      : flawsAsked === true
        ? "nothing is known against it"
        : undefined,
    newest === undefined ? undefined : `${newest.source} has nothing newer`,
    support === undefined
      ? undefined
      : support.until === undefined
        ? support.from
        : `until ${support.until.slice(0, 10)}`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(", ") : kind === "key" ? `in use for less than a year` : version;
}

const severities: readonly ItemSeverity[] = ["critical", "high", "medium", "low", "negligible", "unknown"];

const touching: readonly Touches[] = ["yes", "unknown", "no"];

/** Exploited first, then by whether it touches, then by severity, then by name. */
export const gravestFirst = (a: ItemVulnerability, b: ItemVulnerability): number =>
  Number(b.exploited && b.touches !== "no") - Number(a.exploited && a.touches !== "no") ||
  touching.indexOf(a.touches) - touching.indexOf(b.touches) ||
  severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** What is to be done first, first: exploited, touching, unsupported, what ends soonest. Equals by kind and name. */
export function urgentFirst(items: readonly Item[]): Item[] {
  const rank = (item: Item): number => {
    const [worst] = item.vulnerabilities.filter(({ touches }) => touches !== "no").toSorted(gravestFirst);
    if (item.verdict !== "vulnerable" || worst === undefined)
      return (
        100 + verdicts.indexOf(item.verdict) - (item.verdict === "update" && item.newest?.security === true ? 0.5 : 0)
      );
    return (worst.exploited ? 0 : 20) + severities.indexOf(worst.severity) + (worst.touches === "yes" ? 0 : 8);
  };
  const order = (item: Item): readonly (number | string)[] => [
    rank(item),
    item.support?.until ?? "9999",
    itemKinds.indexOf(item.kind),
    item.name,
  ];
  return items.toSorted((a, b) => {
    const [left, right] = [order(a), order(b)];
    for (let i = 0; i < left.length; i++) {
      const [x, y] = [left[i] ?? "", right[i] ?? ""];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  });
}
