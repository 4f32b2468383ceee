import type { ClusterRole, PolicyRule, Role } from "@bulkhead/api";
import { roleKey } from "../deciders/grants.ts";
import type { Breach, Control, ControlCard, Fix } from "../posture/control.ts";
import { refOf } from "../posture/workload.ts";
import { kinds } from "../snapshot/kinds.ts";
import type { View } from "../snapshot/view.ts";
import { isDefaultPower } from "./default-rights.ts";
import { type Holder, holdersAreKnown, holdersOf, manySay, subjectSays, throughOf } from "./holders.ts";
import { type PowerId, powerOf, reaches } from "./powers.ts";
import { partOf, rolePowers, rulePowers } from "./rule-powers.ts";

interface RuleControl extends Omit<ControlCard, "area"> {
  readonly power: PowerId;
  /** `everywhere`: only where someone holds it in the whole cluster or in kube-system; `namespaces`: only where nobody does. */
  readonly held?: "everywhere" | "namespaces";
  /** What a person should know before the right is taken away. */
  readonly mind?: string;
  /** Instead of taking the right away: why nothing can say which part of the rule is needed, and what a person does. */
  readonly byHand?: { readonly why: string; readonly how: string };
}

const widely = ({ where }: Holder): boolean => where === "" || where === "kube-system";

function whereSays(power: PowerId, holders: readonly Holder[]): string {
  if (powerOf(power).reach === "cluster") return "";
  if (holders.some(({ where }) => where === "")) return " in every namespace";
  return ` in ${manySay(holders.map(({ where }) => `namespace ${where}`))}`;
}

/** What of a rule makes the power, whatever its place and whatever else it gives: that may change, and the power stays. */
function powerName(rule: PolicyRule, power: PowerId): string {
  const part = partOf(rule, power);
  const { verbs, resources = [] } = part.resources.length === 0 ? rule : part;
  const { nonResourceURLs = [], apiGroups = [], resourceNames = [] } = rule;
  return [verbs, [...resources, ...nonResourceURLs], apiGroups, resourceNames]
    .map((list) => list.join(","))
    .join(" ")
    .trim();
}

const none: readonly Breach[] = [];

function breaches(role: Role | ClusterRole, view: View, { power, held }: RuleControl): readonly Breach[] {
  if (!rolePowers(role).has(power)) return none;
  const ref = refOf(role);
  const found = new Map<string, Breach>();
  for (const [index, rule] of (role.rules ?? []).entries()) {
    if (!rulePowers(rule).includes(power) || isDefaultPower(roleKey(ref), power)) continue;
    const holders = holdersOf(view, ref).filter(({ where }) => reaches(power, where));
    const everywhere = holders.some(widely);
    if (holders.length === 0) holdersAreKnown(view, ref);
    else if (held === "everywhere" && !everywhere) holdersAreKnown(view, ref, true);
    if (holders.length === 0 || (held !== undefined && (held === "everywhere") !== everywhere)) continue;
    const name = powerName(rule, power);
    if (found.has(name)) continue;
    const who = manySay(holders.map(({ subject }) => subjectSays(subject)));
    found.set(name, {
      field: `rules[${index}]`,
      key: name,
      says: `lets ${who} ${powerOf(power).may}${whereSays(power, holders)}`,
      through: throughOf(view, holders),
    });
  }
  return [...found.values()];
}

/** The rule without what makes the power: its other resources, and its other verbs on these. */
function without(rule: PolicyRule, power: PowerId): readonly PolicyRule[] {
  const part = partOf(rule, power);
  const resources = (rule.resources ?? []).filter((resource) => !part.resources.includes(resource));
  const verbs = rule.verbs.filter((verb) => !part.verbs.includes(verb));
  return [
    ...(resources.length === 0 ? [] : [{ ...rule, resources }]),
    ...(verbs.length === 0 ? [] : [{ ...rule, resources: [...part.resources], verbs }]),
  ];
}

function narrowed(role: Role | ClusterRole, breach: Breach, power: PowerId, mind: string | undefined): Fix {
  const rules = (role.rules ?? []).flatMap((rule) =>
    rulePowers(rule).includes(power) && powerName(rule, power) === breach.key ? without(rule, power) : [rule],
  );
  return {
    kind: "edits",
    edits: [{ op: "set", object: refOf(role), field: "rules", value: rules }],
    mind: mind ?? "no object says whether the right is used; the audit log does, by the names of its holders",
  };
}

/**
 * A control over one power that rules of roles give: it fires on the rule, where somebody holds the role and the power
 * reaches something. Roles that only gather others' rules are judged where those rules stand.
 */
export const ruleControl = (control: RuleControl): Control => {
  const { power, held: _, mind, byHand, ...card } = control;
  return {
    ...card,
    area: "identities",
    // A Role reaches nothing of the cluster's own objects.
    kinds: powerOf(power).reach === "cluster" ? [kinds.clusterRole] : [kinds.role, kinds.clusterRole],
    check: (object, view) => {
      const role = object as Role | ClusterRole;
      return "aggregationRule" in role && role.aggregationRule != null
        ? "not-applicable"
        : breaches(role, view, control);
    },
    fix: (object, breach) =>
      byHand === undefined ? narrowed(object as Role, breach, power, mind) : { kind: "by-hand", ...byHand },
  };
};
