import type { ScanFacts } from "@bulkhead/api";
import type { AdvisoryDatabase } from "@bulkhead/images";
import { scanFacts } from "@bulkhead/images";
import type { ScanAnswer } from "./answer.ts";
import { listLimit, type StoredReport, textLimit } from "./job.ts";

/** Hostile text as one short line. */
const line = (text: string): string => text.replace(/\p{Cc}/gu, "?").slice(0, textLimit);

/** The same with every text in it as a short line. */
export function lines<T>(value: T): T {
  if (typeof value === "string") return line(value) as T;
  if (Array.isArray(value)) return (value as unknown[]).map(lines) as T;
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, lines(each as unknown)])) as T;
  return value;
}

/** The worst come first; what is left out is said, as something that could not be looked into. */
function cut(facts: ScanFacts): ScanFacts {
  const left: ScanFacts["blindSpots"][number][] = [];
  const most = <T>(items: readonly T[], what: string, limit = listLimit.other): readonly T[] => {
    if (items.length <= limit) return items;
    left.push({ what: "limit", where: `${items.length - limit} more ${what}` });
    return items.slice(0, limit);
  };
  const rest = {
    findings: most(facts.findings, "findings", listLimit.findings).map((f) => ({
      ...f,
      aliases: f.aliases.slice(0, 64),
      ...(f.notAffectedBy === undefined ? {} : { notAffectedBy: f.notAffectedBy.slice(0, 64) }),
    })),
    sources: most(facts.sources, "sources of advisories"),
    endOfLife: most(facts.endOfLife, "products past their end of life"),
    misconfigurations: most(facts.misconfigurations, "misconfigurations"),
    secrets: most(facts.secrets, "secrets"),
  };
  // They share what is left over of their own list.
  return { ...rest, blindSpots: [...left, ...facts.blindSpots].slice(0, listLimit.other) };
}

const unread = { what: "statements", where: "what lies beside it at its registry" };

/** What the agent is told of an image. `unknown`: whose word beside it would count could not be read. */
export function shorten(report: StoredReport, database: AdvisoryDatabase | undefined, unknown = false): ScanAnswer {
  const { inventory, checks, secrets } = report.scan;
  const { distribution, packages, coverage } = inventory;
  const ages = new Map(report.match?.sources.map((s) => [s.name, s]));
  const name = distribution?.prettyName ?? distribution?.id;
  const facts = scanFacts({
    inventory,
    checks,
    secrets,
    ...(report.match === undefined ? {} : { match: report.match }),
  });
  return {
    ...(name === undefined ? {} : { distribution: line(name) }),
    packages: packages.length,
    executables: coverage.executables,
    explained: coverage.explained,
    ...(report.inUse === undefined
      ? {}
      : { inUse: { packages: report.inUse.packages.length, lookedAt: report.inUse.lookedAt } }),
    sources: lines(
      (database?.sources() ?? []).slice(0, listLimit.other).map((source) => {
        const stale = ages.get(source.name)?.stale;
        const { checked, records } = source;
        return { name: source.name, records, checked, ...(stale === undefined ? {} : { stale }) };
      }),
    ),
    facts: lines(cut({ ...facts, blindSpots: [...(unknown ? [unread] : []), ...facts.blindSpots] })),
  };
}
