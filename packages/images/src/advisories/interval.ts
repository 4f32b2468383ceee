import type { Comparison } from "../versions/compare.ts";
import type { Interval } from "./advisory.ts";

/** Whether an interval holds for a version; `undecided` where a version or a bound cannot be ordered. */
export function holdsFor(
  compare: (a: string, b: string) => Comparison,
  { introduced, fixed, below, last }: Interval,
  version: string,
): boolean | "undecided" {
  let decided = true;
  const within = (bound: string | undefined, holds: (result: number) => boolean): boolean => {
    if (bound === undefined) return true;
    const result = compare(version, bound);
    if (typeof result === "number") return holds(result);
    decided = false;
    return true;
  };
  const inside =
    within(introduced, (r) => r >= 0) &&
    within(fixed, (r) => r < 0) &&
    within(below, (r) => r < 0) &&
    within(last, (r) => r <= 0);
  return inside && !decided ? "undecided" : inside;
}
