import { goQuote, type ObjectRef, type PolicyRule } from "@bulkhead/api";
import { shellWord } from "../allow/shell.ts";
import type { Because } from "../verdict.ts";
import { evaluateRbac, grantsOf } from "./evaluate.ts";
import type { RbacRuleSet } from "./normalise.ts";
import type { AccessQuestion, AccessVerdict } from "./question.ts";
import { combinedResource, nameMatches, ruleAllows, ruleConcerns } from "./rule-match.ts";
import { parseServiceAccountUserName } from "./service-account.ts";

/** Why a rule that concerns the resource does not do. */
function lacks(rule: PolicyRule, q: AccessQuestion): string {
  const verbs = `only ${rule.verbs.join(", ")}`;
  if (!nameMatches(rule, q.name))
    return `${verbs} of ${(rule.resourceNames ?? []).map((n) => goQuote(n)).join(", ")} by name`;
  return verbs;
}

/** Rules of the user's own grants that speak of the resource but not of this verb or name. */
function nearGrants(rules: RbacRuleSet, q: AccessQuestion): Because[] {
  return grantsOf(rules, q.user, q.namespace)
    .flatMap((grant) => (grant.rules ?? []).map((rule, i) => ({ grant, rule, i })))
    .filter(({ rule }) => ruleConcerns(rule, q))
    .slice(0, 3)
    .map(({ grant, rule, i }) => ({
      object: grant.role,
      field: `rules[${i}].verbs`,
      rule: "near",
      says: `${grant.role.kind} ${grant.role.name}, which ${grant.binding.kind} ${grant.binding.name} gives, allows ${lacks(rule, q)}`,
      passing: `[${[...rule.verbs, q.verb].join(", ")}]`,
    }));
}

/** How much a role gives beside what is asked, roughly: the smaller, the better it fits. */
function breadth(rules: readonly PolicyRule[]): number {
  const size = (list: readonly string[] | undefined): number => (list?.includes("*") ? 1000 : (list?.length ?? 0));
  return rules.reduce(
    (sum, r) =>
      sum +
      (size(r.verbs) * (size(r.resources) + size(r.nonResourceURLs)) * Math.max(1, size(r.apiGroups))) /
        ((r.resourceNames ?? []).length > 0 ? 2 : 1),
    0,
  );
}

/** The least role there is that would allow it, if bound. */
function fittingRole(rules: RbacRuleSet, q: AccessQuestion): ObjectRef | undefined {
  const fitting = rules.roles
    .filter(({ ref }) => ref.kind === "ClusterRole" || (q.namespace !== "" && ref.namespace === q.namespace))
    .filter(({ ref }) => !ref.name.startsWith("system:"))
    .filter((role) => role.rules.some((rule) => ruleAllows(rule, q)))
    .map(({ ref, rules: all }) => ({ ref, breadth: breadth(all) }));
  return fitting.sort((a, b) => a.breadth - b.breadth)[0]?.ref;
}

const subjectFlag = (user: string): string => {
  const account = parseServiceAccountUserName(user);
  return account === undefined ? `--user=${user}` : `--serviceaccount=${account.namespace}:${account.name}`;
};

const nameOf = (q: AccessQuestion, what: string): string => {
  const who = parseServiceAccountUserName(q.user.name)?.name ?? q.user.name;
  return `${who}-${what}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
};

const line = (words: readonly string[]): string => words.map(shellWord).join(" ");

function bindCommand(q: AccessQuestion, role: ObjectRef): string {
  const inNamespace = q.isResource && q.namespace !== "";
  const flag = role.kind === "Role" ? `--role=${role.name}` : `--clusterrole=${role.name}`;
  const words = [
    "kubectl",
    "create",
    inNamespace ? "rolebinding" : "clusterrolebinding",
    nameOf(q, role.name),
    flag,
    subjectFlag(q.user.name),
  ];
  return line(inNamespace ? [...words, "-n", q.namespace] : words);
}

function roleCommand(q: AccessQuestion): string {
  const inNamespace = q.isResource && q.namespace !== "";
  const name = nameOf(q, `${q.verb}-${q.isResource ? q.resource : "path"}`);
  const [resource, subresource] = [q.group === "" ? q.resource : `${q.resource}.${q.group}`, q.subresource];
  const what = q.isResource
    ? [
        `--resource=${subresource === "" ? resource : `${resource}/${subresource}`}`,
        ...(q.name === "" || q.verb === "create" ? [] : [`--resource-name=${q.name}`]),
      ]
    : [`--non-resource-url=${q.path}`];
  const kind = inNamespace ? "role" : "clusterrole";
  const create = line([
    "kubectl",
    "create",
    kind,
    name,
    `--verb=${q.verb}`,
    ...what,
    ...(inNamespace ? ["-n", q.namespace] : []),
  ]);
  const ref: ObjectRef = { apiVersion: "", kind: inNamespace ? "Role" : "ClusterRole", name };
  return `${create} && ${bindCommand(q, ref)}`;
}

/**
 * As `evaluateRbac`, and of a refusal also: which of the user's roles come near and what they lack, and the least
 * grant that would do, as a command: an existing role that allows it, or a role for just this.
 */
export function explainRbac(rules: RbacRuleSet, q: AccessQuestion): AccessVerdict {
  const verdict = evaluateRbac(rules, q);
  if (verdict.decision === "allow") return verdict;
  const [first, ...rest] = verdict.because;
  const role = fittingRole(rules, q);
  const wide: Because[] =
    role === undefined
      ? []
      : [
          {
            object: role,
            rule: "fitting-role",
            says: `${role.kind} ${role.name} would allow it (and all else that it holds)`,
            command: bindCommand(q, role),
          },
        ];
  const exact: Because = {
    ...first,
    says: first?.says ?? "",
    passing: q.isResource
      ? `{apiGroups: [${JSON.stringify(q.group)}], resources: [${combinedResource(q)}], verbs: [${q.verb}]}`
      : `{nonResourceURLs: [${q.path}], verbs: [${q.verb}]}`,
    command: roleCommand(q),
  };
  return { ...verdict, because: [exact, ...nearGrants(rules, q), ...wide, ...rest] };
}
