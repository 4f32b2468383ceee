import type { PolicyRule } from "@bulkhead/api";
import { type AccessQuestion, ruleAllows } from "@bulkhead/policy";
import { type Ask, type PowerId, powerIds, powerOf } from "./powers.ts";

interface Known {
  readonly id: PowerId;
  readonly ask: Ask;
}

/** Requests by the resource that they name; those of a subresource also by `*` and the subresource. */
const byResource = new Map<string, Known[]>();
const all: Known[] = powerIds.flatMap((id) => powerOf(id).asks.map((ask) => ({ id, ask })));
for (const known of all) {
  for (const resource of known.ask.resources) {
    const [, subresource] = resource.split("/");
    for (const key of subresource === undefined || subresource === "*" ? [resource] : [resource, `*/${subresource}`])
      byResource.set(key, [...(byResource.get(key) ?? []), known]);
  }
}

const nobody = { name: "", groups: [] };
const anything = "*";

/** Attributes of impersonated users have names of their own as subresources. */
const namedAs = (resource: string): string => (resource.startsWith("userextras/") ? "userextras/*" : resource);

function* questions({ verbs, resources, groups, names }: Ask, rule: PolicyRule): Generator<AccessQuestion> {
  for (const each of resources) {
    const resource = each === "userextras/*" ? (rule.resources?.find((r) => namedAs(r) === each) ?? each) : each;
    const [name = "", subresource = ""] = resource.split("/");
    for (const verb of verbs)
      for (const group of groups)
        for (const object of names)
          yield {
            user: nobody,
            verb,
            isResource: true,
            group,
            resource: name,
            subresource,
            namespace: "",
            name: object,
            path: "",
          };
  }
}

const given = (rule: PolicyRule, ask: Ask): boolean => {
  for (const question of questions(ask, rule)) if (ruleAllows(rule, question)) return true;
  return false;
};

/** The powers that a rule gives, wildcards taken as what they match. */
export function impliedPowers(rule: PolicyRule): readonly PowerId[] {
  const resources = rule.resources ?? [];
  const candidates = resources.includes(anything)
    ? all
    : [...new Set(resources.flatMap((resource) => byResource.get(namedAs(resource)) ?? []))];
  const found = new Set(candidates.filter(({ ask }) => given(rule, ask)).map(({ id }) => id));
  return powerIds.filter((id) => found.has(id) && !powerOf(id).within?.some((other) => found.has(other as PowerId)));
}

function resourcePowers(rule: PolicyRule): readonly PowerId[] {
  const resources = rule.resources ?? [];
  const groups = rule.apiGroups ?? [];
  if (resources.length === 0 || groups.length === 0 || rule.verbs.length === 0) return [];
  const [anyVerb, anyResource, anyGroup] = [rule.verbs, resources, groups].map((list) => list.includes(anything));
  const implied = impliedPowers(rule);
  if (implied.length === 0) {
    const wide = anyVerb === true || anyResource === true || anyGroup === true;
    return wide && (rule.resourceNames ?? []).length === 0 ? ["loose"] : [];
  }
  if (anyResource === true)
    return [anyVerb === true && (anyGroup === true || groups.includes("")) ? "everything" : "any-resource"];
  return anyVerb === true ? ["any-verb"] : implied;
}

const known = new WeakMap<PolicyRule, readonly PowerId[]>();

/** What a rule gives that matters, gravest first; a wildcard counts as itself alone and not as all that it implies. */
export function rulePowers(rule: PolicyRule): readonly PowerId[] {
  const seen = known.get(rule);
  if (seen !== undefined) return seen;
  const paths = rule.nonResourceURLs?.some((path) => path === "*" || path === "/*") === true;
  const found: readonly PowerId[] = paths ? [...resourcePowers(rule), "any-path"] : resourcePowers(rule);
  known.set(rule, found);
  return found;
}

const none: ReadonlySet<PowerId> = new Set();
const knownRoles = new WeakMap<object, ReadonlySet<PowerId>>();

/** What all rules of a role give that matters. */
export function rolePowers(role: { readonly rules?: readonly PolicyRule[] | null | undefined }): ReadonlySet<PowerId> {
  const seen = knownRoles.get(role);
  if (seen !== undefined) return seen;
  const found = new Set((role.rules ?? []).flatMap((rule) => rulePowers(rule)));
  const kept = found.size === 0 ? none : found;
  knownRoles.set(role, kept);
  return kept;
}

/** Of a rule's verbs and resources those that one power consists of. */
export function partOf(rule: PolicyRule, id: PowerId): { verbs: readonly string[]; resources: readonly string[] } {
  const { asks } = powerOf(id);
  const gives = (part: PolicyRule): boolean => asks.some((ask) => given(part, ask));
  const resources = (rule.resources ?? []).filter((resource) => gives({ ...rule, resources: [resource] }));
  const verbs = rule.verbs.filter((verb) => gives({ ...rule, resources, verbs: [verb] }));
  return { verbs, resources };
}
