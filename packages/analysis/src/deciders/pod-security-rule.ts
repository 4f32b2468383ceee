import { asAdmitted, evaluatePodSecurity, type PodSecurityLevel, type PodSecurityRuleSet } from "@bulkhead/policy";
import type { Breach } from "../posture/control.ts";
import type { PlacedContainer, Workload } from "../posture/workload.ts";
import type { View } from "../snapshot/view.ts";

type Level = Exclude<PodSecurityLevel, "privileged">;

/** One place where a workload breaks one rule of a Pod Security level. */
export interface BrokenRule {
  /** In the object: `spec.template.spec.containers[0].securityContext.privileged`. */
  readonly field: string;
  /** Whose field it is; absent: the pod's. */
  readonly container?: PlacedContainer;
  readonly passing?: string;
}

type ByRule = ReadonlyMap<string, readonly BrokenRule[]>;

const noRules: Record<Level, PodSecurityRuleSet> = {
  baseline: emptyRules("baseline"),
  restricted: emptyRules("restricted"),
};

function emptyRules(defaults: Level): PodSecurityRuleSet {
  const exceptions = { byDecider: new Map(), problems: [], expired: [], until: undefined };
  return { namespaces: new Map(), exceptions, defaults };
}

const annotated = /^metadata\.annotations\[(.+)\]$/;

/** The decider's field as it is written in the object, an annotation's name in quotes. */
const fieldIn = ({ prefix }: Workload, field: string): string => {
  const annotation = annotated.exec(field)?.[1];
  return `${prefix}${annotation === undefined ? field : `metadata.annotations[${JSON.stringify(annotation)}]`}`;
};

function judge(workload: Workload, level: Level, defaults: "bulkhead" | "kubernetes"): ByRule {
  const { template } = workload;
  const { decision, because } = evaluatePodSecurity(noRules[level], {
    pod: { metadata: template.metadata, spec: asAdmitted(workload.spec, defaults) },
    identity: template.identity,
    mode: "enforce",
  });
  const byRule = new Map<string, BrokenRule[]>();
  if (decision === "allow") return byRule;
  for (const { rule = "", field: own = "", passing } of because) {
    const field = fieldIn(workload, own);
    const container = workload.containers.find((c) => field.startsWith(`${c.field}.`));
    const broken: BrokenRule = {
      field,
      ...(container === undefined ? {} : { container }),
      ...(passing === undefined ? {} : { passing }),
    };
    const others = byRule.get(rule);
    if (others === undefined) byRule.set(rule, [broken]);
    else others.push(broken);
  }
  return byRule;
}

const none: readonly BrokenRule[] = [];
const judged = {
  baseline: { bulkhead: new WeakMap<Workload, ByRule>(), kubernetes: new WeakMap<Workload, ByRule>() },
  restricted: { bulkhead: new WeakMap<Workload, ByRule>(), kubernetes: new WeakMap<Workload, ByRule>() },
};

/**
 * Where a workload, as its pods would be admitted, breaks a rule of a level, whatever its namespace asks for. The
 * decider is asked once for all rules of a level.
 */
export function brokenRule(workload: Workload, view: View, level: Level, rule: string): readonly BrokenRule[] {
  const { defaults } = view.settings;
  const known = judged[level][defaults];
  let byRule = known.get(workload);
  if (byRule === undefined) {
    byRule = judge(workload, level, defaults);
    known.set(workload, byRule);
  }
  return byRule.get(rule) ?? none;
}

/** What a restricted rule says beyond its baseline counterpart: one fault, one control. */
export function onlyRestricted(workload: Workload, view: View, rule: string, baseline: string): readonly BrokenRule[] {
  const broken = brokenRule(workload, view, "restricted", rule);
  if (broken.length === 0) return broken;
  const before = new Set(brokenRule(workload, view, "baseline", baseline).map(({ field }) => field));
  return broken.filter(({ field }) => !before.has(field));
}

/** A broken rule as a control tells it; `detail` tells several of one container apart. */
export const ruleBreach = (
  { field, container, passing }: BrokenRule,
  level: Level,
  rule: string,
  says: string,
  detail?: string,
): Breach => ({
  field,
  says,
  ...(container === undefined && detail === undefined
    ? {}
    : { key: [container?.name, detail].filter((part) => part !== undefined).join(" ") }),
  ...(passing === undefined ? {} : { passing }),
  because: [
    {
      field,
      rule,
      says: `the ${level} Pod Security Standard refuses it by its rule ${rule}`,
      ...(passing === undefined ? {} : { passing }),
    },
  ],
});

/** Whoever set it, in a sentence: `container web`, `the pod`. */
export const setterOf = ({ container }: BrokenRule): string =>
  container === undefined ? "the pod" : `container ${container.name}`;

/** Every place where a rule is broken, as breaches. */
export const ruleBreaches = (
  workload: Workload,
  view: View,
  level: Level,
  rule: string,
  says: (broken: BrokenRule) => string,
): readonly Breach[] =>
  brokenRule(workload, view, level, rule).map((broken) => ruleBreach(broken, level, rule, says(broken)));
