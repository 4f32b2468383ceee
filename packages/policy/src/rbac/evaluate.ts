import { goQuote, type PolicyRule } from "@bulkhead/api";
import type { Because } from "../verdict.ts";
import { type Grant, groupKey, type RbacRuleSet, userKey } from "./normalise.ts";
import type { AccessQuestion, AccessVerdict, Subject } from "./question.ts";
import { ruleAllows } from "./rule-match.ts";
import { serviceAccountUserName } from "./service-account.ts";

type BySubject = RbacRuleSet["cluster"];

function* listsOf(subjects: BySubject | undefined, user: Subject): Generator<readonly Grant[]> {
  if (subjects === undefined) return;
  const own = subjects.get(userKey(user.name));
  if (own !== undefined) yield own;
  for (const group of user.groups) {
    const grants = subjects.get(groupKey(group));
    if (grants !== undefined) yield grants;
  }
}

/** A user's grants that count in a namespace ("" for the cluster's alone), each binding once, in order. */
export function grantsOf(rules: RbacRuleSet, user: Subject, namespace: string): Grant[] {
  return [rules.cluster, namespace === "" ? undefined : rules.namespaces.get(namespace)].flatMap((subjects) => {
    const first = new Map<number, Grant>();
    for (const list of listsOf(subjects, user)) {
      for (const grant of list) {
        const known = first.get(grant.order);
        if (known === undefined || grant.subjectIndex < known.subjectIndex) first.set(grant.order, grant);
      }
    }
    return [...first.values()].sort((a, b) => a.order - b.order);
  });
}

interface Found {
  readonly grant: Grant;
  readonly rule: number;
}

const before = (a: Grant, b: Grant): boolean =>
  a.order < b.order || (a.order === b.order && a.subjectIndex < b.subjectIndex);

/** The first binding, in order, of which a rule allows it. Each list is in that order already. */
function firstIn(subjects: BySubject | undefined, q: AccessQuestion): Found | undefined {
  let best: Found | undefined;
  for (const list of listsOf(subjects, q.user)) {
    for (const grant of list) {
      if (best !== undefined && !before(grant, best.grant)) break;
      const rule = grant.rules?.findIndex((r) => ruleAllows(r, q)) ?? -1;
      if (rule >= 0) best = { grant, rule };
    }
  }
  return best;
}

const subjectSays = ({ subject }: Grant): string =>
  subject.kind === "ServiceAccount"
    ? `ServiceAccount ${goQuote(`${subject.name}/${subject.namespace ?? ""}`)}`
    : `${subject.kind} ${goQuote(subject.name)}`;

const bindingSays = ({ binding }: Grant): string =>
  `${binding.kind} ${goQuote(binding.namespace === undefined ? binding.name : `${binding.name}/${binding.namespace}`)}`;

function allowedBy({ grant, rule }: Found): AccessVerdict {
  const { role, binding } = grant;
  const says = `allowed by ${bindingSays(grant)} of ${role.kind} ${goQuote(role.name)} to ${subjectSays(grant)}`;
  return {
    decision: "allow",
    reason: `RBAC: ${says}`,
    because: [
      { object: binding, field: `subjects[${grant.subjectIndex}]`, rule: "binding", says },
      {
        object: role,
        field: `rules[${rule}]`,
        rule: "role",
        says: `rules[${rule}] of ${role.kind} ${goQuote(role.name)} allows it`,
      },
    ],
  };
}

/** `User "alice" cannot get resource "pods" in API group "" in the namespace "shop"`: upstream's words for a refusal. */
export function cannotSay(q: AccessQuestion): string {
  const who = `User ${goQuote(q.user.name)} cannot ${q.verb}`;
  if (!q.isResource) return `${who} path ${goQuote(q.path)}`;
  const resource = q.subresource === "" ? q.resource : `${q.resource}/${q.subresource}`;
  const where = q.namespace === "" ? "at the cluster scope" : `in the namespace ${goQuote(q.namespace)}`;
  return `${who} resource ${goQuote(resource)} in API group ${goQuote(q.group)} ${where}`;
}

const missingRole = ({ role }: Grant): string =>
  `${role.kind.toLowerCase()}.rbac.authorization.k8s.io ${goQuote(role.name)} not found`;

function refused(rules: RbacRuleSet, q: AccessQuestion): AccessVerdict {
  const dangling = grantsOf(rules, q.user, q.namespace).filter((grant) => grant.rules === undefined);
  const missing = [...new Set(dangling.map(missingRole))];
  const because: Because[] = [
    { rule: "no-grant", says: cannotSay(q) },
    ...dangling.map((grant) => ({
      object: grant.binding,
      field: "roleRef",
      rule: "role-missing",
      says: `${bindingSays(grant)} names ${grant.role.kind} ${goQuote(grant.role.name)}, which does not exist`,
    })),
  ];
  const reason = missing.length === 0 ? "" : `RBAC: ${missing.length === 1 ? missing[0] : `[${missing.join(", ")}]`}`;
  return { decision: "deny", reason, because };
}

/** May the user do it, by RBAC alone? A few microseconds; `explainAccess` says more of a refusal. */
export function evaluateRbac(rules: RbacRuleSet, q: AccessQuestion): AccessVerdict {
  const found =
    firstIn(rules.cluster, q) ?? (q.namespace === "" ? undefined : firstIn(rules.namespaces.get(q.namespace), q));
  return found === undefined ? refused(rules, q) : allowedBy(found);
}

/** Every rule that a user has in a namespace, as a SelfSubjectRulesReview tells it and escalation checks weigh it. */
export const rulesFor = (rules: RbacRuleSet, user: Subject, namespace: string): PolicyRule[] =>
  grantsOf(rules, user, namespace).flatMap((grant) => grant.rules ?? []);

/** Whether some binding names this service account itself (not only a group that it is in). */
export function isServiceAccountBound(rules: RbacRuleSet, namespace: string, name: string): boolean {
  const key = userKey(serviceAccountUserName(namespace, name));
  if (rules.cluster.has(key)) return true;
  for (const subjects of rules.namespaces.values()) if (subjects.has(key)) return true;
  return false;
}
