import type { SeverityClaims } from "./advisory.ts";

export type CvssScorer = (vector: string) => number | undefined;

const mandatory = [
  [/^CVSS:4\.0\//, ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"]],
  [/^CVSS:3\.[01]\//, ["AV", "AC", "PR", "UI", "S", "C", "I", "A"]],
  [/^\(?AV:/, ["AV", "AC", "Au", "C", "I", "A"]],
] as const;

/** The library scores what is left out as harmless; an unfinished vector is no statement. */
function isWhole(vector: string): boolean {
  const metrics = new Set(
    vector
      .replace(/[()]/g, "")
      .split("/")
      .map((part) => part.slice(0, part.indexOf(":"))),
  );
  const needed = mandatory.find(([version]) => version.test(vector))?.[1];
  return needed?.every((metric) => metrics.has(metric)) === true;
}

/** What of the library is used: a vector that is none gives null. */
interface Calculator {
  fromVector(vector: string): { calculateScores(): { readonly base?: number } } | null;
}

/** The base score of CVSS vectors, versions 2 to 4. Loaded when it is first needed: its tables are large. */
export async function loadCvss(): Promise<CvssScorer> {
  const loaded = (await import("ae-cvss-calculator")) as unknown as { readonly default: Calculator };
  const known = new Map<string, number | undefined>();
  return (vector) => {
    if (known.has(vector)) return known.get(vector);
    if (known.size > 20_000) known.clear();
    let score: number | undefined;
    try {
      score = !isWhole(vector) ? undefined : loaded.default.fromVector(vector)?.calculateScores().base;
    } catch {
      score = undefined;
    }
    if (score !== undefined && !(score >= 0 && score <= 10)) score = undefined;
    known.set(vector, score);
    return score;
  };
}

const versions = ["CVSS_V4", "CVSS_V3", "CVSS_V2"];

/** The newest CVSS version that can be scored among an OSV record's `severity` entries. */
export function newestCvss(
  entries: readonly { readonly type: string; readonly score: string }[],
  score: CvssScorer,
): SeverityClaims["cvss"] {
  for (const version of versions)
    for (const entry of entries) {
      if (entry.type !== version || entry.score.length > 256) continue;
      const base = score(entry.score);
      if (base !== undefined) return { vector: entry.score, score: base };
    }
  return undefined;
}
