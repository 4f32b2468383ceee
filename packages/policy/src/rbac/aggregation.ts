import type { ClusterRole, PolicyRule } from "@bulkhead/api";
import { compileSelector } from "../selector/label-selector.ts";

const byName = (a: ClusterRole, b: ClusterRole): number => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);

const same = (a: PolicyRule, b: PolicyRule): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * The rules of each ClusterRole by name: its own, or, with an aggregationRule, those of all roles that it selects (and
 * of those that they select), without repetition, in order of the roles' names.
 */
export function aggregatedRules(roles: readonly ClusterRole[]): Map<string, readonly PolicyRule[]> {
  const sorted = [...roles].sort(byName);
  const done = new Map<string, readonly PolicyRule[]>();
  const rulesOf = (role: ClusterRole, above: ReadonlySet<ClusterRole>): readonly PolicyRule[] => {
    const name = role.metadata.name ?? "";
    const known = done.get(name);
    if (known !== undefined) return known;
    if (role.aggregationRule === undefined || role.aggregationRule === null) return role.rules ?? [];
    const selectors = (role.aggregationRule.clusterRoleSelectors ?? []).map(compileSelector);
    const within = new Set(above).add(role);
    const rules: PolicyRule[] = [];
    for (const selector of selectors) {
      for (const other of sorted) {
        if (within.has(other) || !selector.matches(other.metadata.labels)) continue;
        for (const rule of rulesOf(other, within)) if (!rules.some((r) => same(r, rule))) rules.push(rule);
      }
    }
    if (above.size === 0) done.set(name, rules);
    return rules;
  };
  for (const role of sorted) done.set(role.metadata.name ?? "", rulesOf(role, new Set()));
  return done;
}
