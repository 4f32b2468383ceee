import { goQuote, type PolicyRule } from "@bulkhead/api";

/** A rule split until each part has one verb and one resource, name or path. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
        const names = rule.resourceNames ?? [];
        if (names.length === 0) parts.push(part);
        else parts.push(...names.map((name) => ({ ...part, resourceNames: [name] })));
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] });
  }
  return parts;
}

const hasAll = (owner: readonly string[] = [], wanted: readonly string[] = []): boolean =>
  wanted.every((entry) => owner.includes(entry));

const orAll = (owner: readonly string[] = [], wanted: readonly string[] = []): boolean =>
  owner.includes("*") || hasAll(owner, wanted);

const resourceCovered = (owner: readonly string[], resource: string): boolean =>
  owner.includes(resource) ||
  (resource.includes("/") && owner.includes(`*/${resource.slice(resource.indexOf("/") + 1)}`));

const resourcesCovered = (owner: readonly string[] = [], wanted: readonly string[] = []): boolean =>
  owner.includes("*") || wanted.every((resource) => resourceCovered(owner, resource));

const urlCovered = (owner: string, url: string): boolean =>
  owner === url || (owner.endsWith("*") && url.startsWith(owner.replace(/\*+$/, "")));

const namesCovered = (owner: readonly string[] = [], wanted: readonly string[] = []): boolean =>
  owner.length === 0 || (wanted.length > 0 && hasAll(owner, wanted));

const ruleCovers = (owner: PolicyRule, part: PolicyRule): boolean =>
  orAll(owner.verbs, part.verbs) &&
  orAll(owner.apiGroups, part.apiGroups) &&
  resourcesCovered(owner.resources, part.resources) &&
  namesCovered(owner.resourceNames, part.resourceNames) &&
  (part.nonResourceURLs ?? []).every((url) => owner.nonResourceURLs?.some((o) => urlCovered(o, url)) === true);

/** Rules of one group and resource alone become one rule with all their verbs. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const rest: PolicyRule[] = [];
  const simple = new Map<string, PolicyRule>();
  for (const rule of rules) {
    if (rule.resourceNames !== undefined || rule.nonResourceURLs !== undefined) {
      rest.push(rule);
      continue;
    }
    const key = `${rule.apiGroups?.[0]}/${rule.resources?.[0]}`;
    const known = simple.get(key);
    simple.set(key, known === undefined ? rule : { ...known, verbs: [...known.verbs, ...rule.verbs] });
  }
  return [...rest, ...simple.values()];
}

/** What of `servantRules` no single one of `ownerRules` allows, compacted; empty: all is covered (RBAC's escalation check). */
export function missingRules(ownerRules: readonly PolicyRule[], servantRules: readonly PolicyRule[]): PolicyRule[] {
  const missing = servantRules
    .flatMap(breakDown)
    .filter((part) => !ownerRules.some((owner) => ruleCovers(owner, part)));
  return compact(missing);
}

const quoted = (list: readonly string[]): string => `[${list.map(goQuote).join(" ")}]`;

function ruleText(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ];
  const shown = parts
    .filter(([, list]) => (list ?? []).length > 0)
    .map(([name, list]) => `${name}:${quoted(list ?? [])}`);
  return `{${shown.join(", ")}}`;
}

/** Upstream's refusal of an escalation; `missing` as from `missingRules`. */
export function escalationMessage(
  user: { readonly name: string; readonly groups: readonly string[] },
  missing: readonly PolicyRule[],
): string {
  const lines = [...new Set(missing.map(ruleText))].sort();
  return `user ${goQuote(user.name)} (groups=${quoted(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}`;
}
