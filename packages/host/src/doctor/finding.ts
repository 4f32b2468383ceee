/**
 * escape: code in a container can become root of the machine by a known way; prevents: Bulkhead does not run;
 * warning: something does not work, or is weaker, until it is put right; note: worth knowing; fine: as it should be.
 */
export const findingLevels = ["escape", "prevents", "warning", "note", "fine"] as const;
export type FindingLevel = (typeof findingLevels)[number];

/** One thing about the machine, and what follows from it. */
export interface Finding {
  /** Stable, for scripts: `swap`, `runc-CVE-2025-31133`. */
  readonly id: string;
  readonly level: FindingLevel;
  readonly what: string;
  readonly consequence: string;
  /** Absent where nothing needs to be done. */
  readonly whatToDo?: string;
}

/** The gravest first; among equals as they came. */
export const byGravity = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => findingLevels.indexOf(a.level) - findingLevels.indexOf(b.level));

/** Whether anything among them keeps Bulkhead from running. */
export const preventsRunning = (findings: readonly Finding[]): boolean => findings.some((f) => f.level === "prevents");

const words: Readonly<Record<FindingLevel, readonly [one: string, many: string]>> = {
  escape: ["known escape", "known escapes"],
  prevents: ["thing that prevents running", "things that prevent running"],
  warning: ["warning", "warnings"],
  note: ["note", "notes"],
  fine: ["fine", "fine"],
};

/** `1 known escape, 2 warnings: runc 1.1.5 …`: the gravest in one line; undefined where there is nothing to warn of. */
export function worstLine(findings: readonly Finding[]): string | undefined {
  const grave = byGravity(findings).filter((f) => f.level !== "note" && f.level !== "fine");
  const [first] = grave;
  if (first === undefined) return undefined;
  const counts = findingLevels.flatMap((level) => {
    const n = grave.filter((f) => f.level === level).length;
    return n === 0 ? [] : [`${n} ${words[level][n === 1 ? 0 : 1]}`];
  });
  return `${counts.join(", ")}: ${first.what}`;
}
