import { compareDebianVersions } from "../doctor/versions.ts";
import type { PartNeed } from "../parts/part-needs.ts";
import type { PartChange } from "./part-staging.ts";

/**
 * Which changes have to be tried together: a new revision goes with another part's where it asks for a later one than is
 * here. In the order of the changes.
 */
export function trialGroups(
  changes: readonly PartChange[],
  needs: (part: string) => readonly PartNeed[],
): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const { part } of changes) {
    const asked = needs(part).flatMap((need) => {
      const other = changes.find((change) => change.part === need.part);
      return other !== undefined && compareDebianVersions(other.from, need.atLeast) < 0 ? [other.part] : [];
    });
    const together = groups.filter((group) => group.some((each) => each === part || asked.includes(each)));
    const merged = [...new Set([...together.flat(), part, ...asked])];
    groups.splice(0, groups.length, ...groups.filter((group) => !together.includes(group)), merged);
  }
  return groups;
}
