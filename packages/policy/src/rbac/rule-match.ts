import type { PolicyRule } from "@bulkhead/api";
import type { AccessQuestion } from "./question.ts";

const has = (list: readonly string[] | undefined, entry: string): boolean =>
  list !== undefined && (list.includes(entry) || list.includes("*"));

/** `resource/subresource`, as rules name it. */
export const combinedResource = (q: { readonly resource: string; readonly subresource: string }): string =>
  q.subresource === "" ? q.resource : `${q.resource}/${q.subresource}`;

const pathMatches = (urls: readonly string[] | undefined, path: string): boolean =>
  urls?.some((url) => url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")))) === true;

/** Whether a rule speaks of the resource or path that is asked about, whatever it lets one do to it. */
export function ruleConcerns(rule: PolicyRule, q: AccessQuestion): boolean {
  if (!q.isResource) return pathMatches(rule.nonResourceURLs, q.path);
  if (!has(rule.apiGroups, q.group)) return false;
  return (
    has(rule.resources, combinedResource(q)) ||
    (q.subresource !== "" && rule.resources?.includes(`*/${q.subresource}`) === true)
  );
}

export const nameMatches = (rule: PolicyRule, name: string): boolean =>
  (rule.resourceNames ?? []).length === 0 || rule.resourceNames?.includes(name) === true;

/**
 * Whether a rule allows what is asked (RBAC's evaluation rules): `*` in any list; `*`, slash and a subresource for that of
 * anything; a name where names are listed; for paths a trailing `*` as a prefix.
 */
export const ruleAllows = (rule: PolicyRule, q: AccessQuestion): boolean =>
  has(rule.verbs, q.verb) && (!q.isResource || nameMatches(rule, q.name)) && ruleConcerns(rule, q);
