import type { GoImport } from "../packages/go-functions.ts";
import { compareVersions } from "../versions/compare.ts";
import {
  type Advisory,
  type Affected,
  type Interval,
  type ParsedRecord,
  type SeverityClaims,
  type SeverityLevel,
  severityOfWord,
} from "./advisory.ts";
import { type CvssScorer, newestCvss } from "./cvss.ts";
import { holdsFor } from "./interval.ts";
import { fieldOf, isObject, type JsonObject, listOf, parseJson, textOf, textsOf, timeOf } from "./json-value.ts";
import { packageKey, type Scope, scopeOfOsv } from "./scope.ts";

/** Longest lists that a record may have; the longest real ones (a kernel's binary packages) stay below a tenth. */
const mostAffected = 50_000;
const mostVersions = 200_000;
const summaryLength = 300;

const unreadable = (why: string): ParsedRecord => ({ state: "unreadable", why });

/** Reads one record in the Open Source Vulnerability format, ossf.github.io/osv-schema. */
export function parseOsv(bytes: Uint8Array, score: CvssScorer): ParsedRecord {
  const record = parseJson(bytes);
  if (!isObject(record)) return unreadable("not a JSON object");
  const id = textOf(record["id"], 256);
  if (id === undefined) return unreadable("no id");
  if (timeOf(record["withdrawn"]) !== undefined) return { state: "withdrawn" };
  const lists = listOf(record["affected"]);
  if (lists.length > mostAffected) return unreadable(`more than ${mostAffected} affected packages`);
  const malicious = id.startsWith("MAL-");
  const affected: Affected[] = [];
  for (const entry of lists) {
    const result = parseAffected(entry, malicious);
    if (typeof result === "string") return unreadable(result);
    if (result !== undefined) affected.push(result);
  }
  if (affected.length === 0) return { state: "irrelevant" };
  const module = moduleInSummary.exec(erratum.test(id) ? (textOf(record["summary"]) ?? "") : "")?.[1];
  const aliases = textsOf(record["aliases"]);
  const answers = answered(id, aliases, record);
  // Distributions announce mere bug fixes in the same form.
  if (answers === undefined) return { state: "irrelevant" };
  return {
    state: "read",
    advisories: [advisory({ id, record, aliases, answers, affected: ofModule(affected, module), malicious }, score)],
  };
}

/** `Important: nodejs:18 security update`: which stream of a module an erratum is about stands nowhere else. */
const moduleInSummary = /^\w+: ([\w.-]+:[\w.-]+)(?=[ /])/;

const ofModule = (affected: readonly Affected[], module: string | undefined): readonly Affected[] =>
  module === undefined
    ? affected
    : affected.map((each) =>
        each.intervals.some(({ fixed }) => fixed?.includes(".module") === true) ? { ...each, module } : each,
      );

interface Parts {
  readonly id: string;
  readonly record: JsonObject;
  readonly aliases: readonly string[];
  readonly answers: readonly string[];
  readonly affected: readonly Affected[];
  readonly malicious: boolean;
}

function advisory({ id, record, aliases, answers, affected, malicious }: Parts, score: CvssScorer): Advisory {
  const published = timeOf(record["published"]);
  const modified = timeOf(record["modified"]);
  const url = referenceOf(record);
  const summary = textOf(record["summary"], 10_000) ?? textOf(record["details"], 1_000_000)?.split("\n", 1)[0] ?? "";
  return {
    id,
    kind: malicious ? "malicious" : "vulnerability",
    aliases,
    answers,
    summary: summary.slice(0, summaryLength),
    datesFix: erratum.test(id),
    affected,
    ...severity(id, record, score),
    ...(url === undefined ? {} : { url }),
    ...(published === undefined ? {} : { published }),
    ...(modified === undefined ? {} : { modified }),
  };
}

/** Errata: published with the fix, named by the distribution, and often for several flaws at once. */
const erratum = /^(?:AL[SBE]A|RL[SBE]A|RX[SBE]A|RH[SBE]A|DSA|DLA|DTSA|USN|LSN|SUSE-[SRO]U|openSUSE-SU|MGASA|OESA)-/;
const bugfix = /^(?:AL|RL|RX|RH)[BE]A-|^SUSE-[RO]U-/;

/** What an advisory answers beside its own name; undefined for an erratum that answers nothing. */
function answered(id: string, aliases: readonly string[], record: JsonObject): readonly string[] | undefined {
  if (!erratum.test(id)) return [];
  const named = [...aliases, ...textsOf(record["upstream"]), ...textsOf(record["related"])];
  const flaws = [...new Set(named.map((name) => name.replace(/^(?:UBUNTU|DEBIAN)-(?=CVE-)/, "")))].filter((name) =>
    /^(?:CVE|GHSA)-/.test(name),
  );
  return flaws.length === 0 && bugfix.test(id) ? undefined : flaws;
}

const ratedInSummary = /^(Critical|Important|Moderate|Low): /;

function severity(id: string, record: JsonObject, score: CvssScorer): SeverityClaims {
  const own = listOf(record["severity"]);
  const perPackage = own.length > 0 ? own : listOf(fieldOf(listOf(record["affected"])[0], "severity"));
  const entries = perPackage.flatMap((entry) => {
    const type = textOf(fieldOf(entry, "type"));
    const value = textOf(fieldOf(entry, "score"));
    return type === undefined || value === undefined ? [] : [{ type, score: value }];
  });
  const cvss = newestCvss(entries, score);
  const vendor = vendorSeverity(id, record, entries);
  return { ...(vendor === undefined ? {} : { vendor }), ...(cvss === undefined ? {} : { cvss }) };
}

function vendorSeverity(
  id: string,
  record: JsonObject,
  entries: readonly { readonly type: string; readonly score: string }[],
): SeverityClaims["vendor"] {
  const claim = (by: string, level: SeverityLevel | undefined): SeverityClaims["vendor"] =>
    level === undefined ? undefined : { by, level };
  const ubuntu = entries.find((entry) => entry.type === "Ubuntu");
  return (
    claim("ubuntu", severityOfWord(ubuntu?.score)) ??
    (erratum.test(id)
      ? claim("distribution", severityOfWord(ratedInSummary.exec(textOf(record["summary"]) ?? "")?.[1]))
      : undefined) ??
    claim(
      id.startsWith("GHSA-") ? "github" : "advisory",
      severityOfWord(fieldOf(record["database_specific"], "severity")),
    )
  );
}

function referenceOf(record: JsonObject): string | undefined {
  const references = listOf(record["references"]);
  const best = references.find((each) => fieldOf(each, "type") === "ADVISORY") ?? references[0];
  const url = textOf(fieldOf(best, "url"), 500);
  return url !== undefined && /^https?:\/\//.test(url) ? url : undefined;
}

/** Undefined: about nothing that we look for. A string: why it could not be read. */
function parseAffected(entry: unknown, malicious: boolean): Affected | string | undefined {
  const about = fieldOf(entry, "package");
  if (about === undefined) return undefined;
  const name = textOf(fieldOf(about, "name"), 512);
  const ecosystem = textOf(fieldOf(about, "ecosystem"), 256);
  if (name === undefined || ecosystem === undefined) return "a package without name or ecosystem";
  const scope = scopeOfOsv(ecosystem);
  if (scope === undefined) return undefined;
  const intervals: Interval[] = [];
  for (const range of listOf(fieldOf(entry, "ranges"))) {
    const type = fieldOf(range, "type");
    if (type === "GIT") continue;
    if (type !== "SEMVER" && type !== "ECOSYSTEM") return "a range of an unknown type";
    const built = intervalsOf(scope, listOf(fieldOf(range, "events")));
    if (typeof built === "string") return built;
    intervals.push(...built);
  }
  const versions = textsOf(fieldOf(entry, "versions"));
  if (versions.length > mostVersions) return `more than ${mostVersions} versions`;
  if (intervals.length === 0 && versions.length === 0) {
    if (!malicious) return undefined;
    intervals.push({});
  }
  const level =
    severityOfWord(fieldOf(fieldOf(entry, "ecosystem_specific"), "urgency")) ??
    severityOfWord(fieldOf(fieldOf(entry, "ecosystem_specific"), "severity")) ??
    severityOfWord(fieldOf(fieldOf(entry, "database_specific"), "severity"));
  const imports = scope.ecosystem === "Go" ? importsOf(fieldOf(fieldOf(entry, "ecosystem_specific"), "imports")) : [];
  return {
    scope: scope.scope,
    package: packageKey(scope.ecosystem, name),
    ...(imports.length === 0 ? {} : { imports }),
    intervals,
    versions: versions.filter((version) => !intervals.some((interval) => covers(scope, interval, version))),
    ...(level === undefined ? {} : { level }),
  };
}

/** The functions in which a flaw is (go.dev/doc/security/vuln/database): those of all systems. */
const importsOf = (list: unknown): GoImport[] =>
  listOf(list).flatMap((each) => {
    const path = textOf(fieldOf(each, "path"), 512);
    return path === undefined ? [] : [{ path, symbols: textsOf(fieldOf(each, "symbols"), 512) }];
  });

interface Event {
  readonly kind: "introduced" | "fixed" | "last" | "below";
  readonly version: string;
}

const eventKinds = [
  ["introduced", "introduced"],
  ["fixed", "fixed"],
  ["last_affected", "last"],
  ["limit", "below"],
] as const;

function intervalsOf({ ecosystem }: Scope, list: readonly unknown[]): Interval[] | string {
  const events: Event[] = [];
  for (const each of list)
    for (const [field, kind] of eventKinds) {
      const version = fieldOf(each, field);
      if (version === undefined || (kind === "below" && version === "*")) continue;
      if (textOf(version, 256) === undefined) return "an event without a version";
      events.push({ kind, version: version as string });
    }
  // Events may come in any order. What cannot be compared keeps its place; the match will name it.
  const ends = (event: Event): number => (event.kind === "introduced" ? 1 : 0);
  events.sort((a, b) => {
    const both = compareBounds(ecosystem, a, b);
    return both === 0 ? ends(a) - ends(b) : both;
  });
  const intervals: Interval[] = [];
  let open: { introduced?: string } | undefined;
  for (const { kind, version } of events) {
    if (kind === "introduced") {
      open ??= version === "0" ? {} : { introduced: version };
      continue;
    }
    if (open === undefined) continue;
    intervals.push({ ...open, [kind]: version });
    open = undefined;
  }
  if (open !== undefined) intervals.push(open);
  return intervals;
}

function compareBounds(ecosystem: Scope["ecosystem"], a: Event, b: Event): number {
  const first = (event: Event): boolean => event.kind === "introduced" && event.version === "0";
  if (first(a) || first(b)) return Number(first(b)) - Number(first(a));
  const result = compareVersions(ecosystem, a.version, b.version);
  return typeof result === "number" ? result : 0;
}

/** Whether an interval holds for a version for sure. */
const covers = ({ ecosystem }: Scope, interval: Interval, version: string): boolean =>
  holdsFor((a, b) => compareVersions(ecosystem, a, b), interval, version) === true;
