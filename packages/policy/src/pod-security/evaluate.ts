import type { Exception, Namespace, Pod } from "@bulkhead/api";
import { goQuote } from "@bulkhead/api";
import { allowRule } from "../allow/command.ts";
import { type ExceptionRules, exceptionRef, exceptionsFor, liftedBy } from "../exception/exceptions.ts";
import { type Identity, podIdentity } from "../exception/subject.ts";
import type { Because, Verdict } from "../verdict.ts";
import { baselineChecks } from "./baseline.ts";
import type { Check } from "./check.ts";
import type { Finding, JudgedPod } from "./finding.ts";
import {
  formatLevelVersion,
  type LevelVersion,
  latestMinor,
  levelLabel,
  type PodSecurityLevel,
  type PodSecurityMode,
  type PodSecurityPolicy,
  podSecurityPolicy,
} from "./level.ts";
import { restrictedChecks } from "./restricted.ts";

/** What each namespace asks for, and who is excepted. */
export interface PodSecurityRuleSet {
  readonly namespaces: ReadonlyMap<string, PodSecurityPolicy>;
  readonly exceptions: ExceptionRules;
  /** For a namespace that is not known or asks for nothing. */
  readonly defaults: PodSecurityLevel;
}

export interface PodSecurityObjects {
  readonly namespaces: readonly Namespace[];
  readonly exceptions: ExceptionRules;
  /** The level of a namespace without labels: `privileged` as upstream. */
  readonly defaults: PodSecurityLevel;
}

export function normalisePodSecurity({ namespaces, exceptions, defaults }: PodSecurityObjects): PodSecurityRuleSet {
  return {
    namespaces: new Map(namespaces.map((n) => [n.metadata.name ?? "", podSecurityPolicy(n.metadata.labels, defaults)])),
    exceptions,
    defaults,
  };
}

export interface PodSecurityQuestion {
  readonly pod: JudgedPod;
  readonly identity: Identity;
  readonly mode: PodSecurityMode;
}

export interface PodSecurityVerdict extends Verdict {
  readonly level: LevelVersion;
  /** Upstream's words: `violates PodSecurity "restricted:latest": …`; for warn and audit `would violate …`. "" when allowed. */
  readonly says: string;
  /** Upstream's short reasons (`host namespaces`), in order. */
  readonly reasons: readonly string[];
  /** The exceptions without which it would be refused. */
  readonly lifted: readonly Because[];
}

/** The checks of a level: baseline ones first, less those that a restricted one stands in for. */
function checksAt({
  level,
  minor = latestMinor,
}: LevelVersion): { readonly check: Check; readonly find: (pod: JudgedPod) => Finding[] }[] {
  if (level === "privileged") return [];
  const current = (checks: readonly Check[]) =>
    checks.flatMap((check) => {
      const version = check.versions.findLast((v) => v.since <= minor);
      return version === undefined ? [] : [{ check, find: version.find }];
    });
  if (level === "baseline") return current(baselineChecks);
  const restricted = current(restrictedChecks);
  const overridden = new Set(restricted.map(({ check }) => check.overrides));
  return [...current(baselineChecks).filter(({ check }) => !overridden.has(check.id)), ...restricted];
}

const cache = new Map<string, ReturnType<typeof checksAt>>();

function checksOf(version: LevelVersion): ReturnType<typeof checksAt> {
  const key = `${version.level}:${Math.min(version.minor ?? latestMinor, latestMinor)}`;
  const known = cache.get(key) ?? checksAt(version);
  cache.set(key, known);
  return known;
}

interface Violation {
  readonly check: Check;
  readonly findings: readonly Finding[];
}

interface Judged {
  readonly violations: readonly Violation[];
  readonly lifted: readonly { readonly check: Check; readonly finding: Finding; readonly by: Exception }[];
}

function judge(version: LevelVersion, pod: JudgedPod, exceptions: readonly Exception[]): Judged {
  const violations: Violation[] = [];
  const lifted: Judged["lifted"][number][] = [];
  for (const { check, find } of checksOf(version)) {
    const left = find(pod).filter((finding) => {
      const by = liftedBy(exceptions, check.id, finding.value);
      if (by !== undefined) lifted.push({ check, finding, by });
      return by === undefined;
    });
    if (left.length > 0) violations.push({ check, findings: left });
  }
  return { violations, lifted };
}

const violationSays = ({ check, findings }: Violation): string => {
  const detail = check.detail(findings);
  return detail === "" ? check.reason(findings) : `${check.reason(findings)} (${detail})`;
};

/** Judges a pod or a template by its namespace's labels, all broken rules at once. */
export function evaluatePodSecurity(
  rules: PodSecurityRuleSet,
  { pod, identity, mode }: PodSecurityQuestion,
): PodSecurityVerdict {
  const { namespace } = identity;
  const policy = rules.namespaces.get(namespace) ?? podSecurityPolicy(undefined, rules.defaults);
  const level = policy[mode];
  const { violations, lifted } = judge(level, pod, exceptionsFor(rules.exceptions, "pod-security", identity));
  const standard = formatLevelVersion(level);
  const object = { apiVersion: "v1", kind: "Namespace", name: namespace };
  const [subject = { kind: "Namespace", name: namespace } as const] = identity.subjects;
  const because = violations.flatMap((violation) =>
    violation.findings.map(
      (finding): Because => ({
        object,
        field: finding.field,
        rule: violation.check.id,
        says: `${violationSays({ check: violation.check, findings: [finding] })}: Namespace ${namespace} asks for ${standard} in its label ${levelLabel(mode)}`,
        passing: finding.passing,
        command: allowRule({
          decider: "pod-security",
          rule: violation.check.id,
          namespace,
          subject,
          value: finding.value,
        }),
      }),
    ),
  );
  const verb = mode === "enforce" ? "violates" : "would violate";
  return {
    decision: violations.length === 0 ? "allow" : "deny",
    because:
      because.length > 0
        ? because
        : [
            {
              object,
              field: `metadata.labels[${levelLabel(mode)}]`,
              rule: level.level,
              says: `it keeps to ${standard}`,
            },
          ],
    level,
    says:
      violations.length === 0
        ? ""
        : `${verb} PodSecurity ${goQuote(standard)}: ${violations.map(violationSays).join(", ")}`,
    reasons: violations.map(({ check, findings }) => check.reason(findings)),
    lifted: lifted.map(({ check, finding, by }) => ({
      object: exceptionRef(by),
      field: finding.field,
      rule: check.id,
      says: `Exception ${namespace}/${by.metadata.name} lifts ${check.id} until ${by.spec.expires}: ${by.spec.reason}`,
    })),
  };
}

/**
 * The warnings that a stricter enforce label of a namespace earns for the pods already there, in upstream's words:
 * pods with the same reasons on one line.
 */
export function namespaceWarnings(
  namespace: string,
  enforce: LevelVersion,
  pods: readonly Pod[],
  exceptions: ExceptionRules,
): string[] {
  const byReason = new Map<string, string[]>();
  for (const pod of pods) {
    const { violations } = judge(
      enforce,
      { metadata: pod.metadata, spec: pod.spec ?? { containers: [] } },
      exceptionsFor(exceptions, "pod-security", podIdentity(pod)),
    );
    if (violations.length === 0) continue;
    const reason = violations.map(({ check, findings }) => check.reason(findings)).join(", ");
    byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name ?? ""]);
  }
  if (byReason.size === 0) return [];
  const lines = [...byReason].map(([reason, names]) => {
    const others = names.length - 1;
    const more = others === 0 ? "" : ` (and ${others} other ${others === 1 ? "pod" : "pods"})`;
    return `${names.sort()[0]}${more}: ${reason}`;
  });
  return [
    `existing pods in namespace ${goQuote(namespace)} violate the new PodSecurity enforce level ${goQuote(formatLevelVersion(enforce))}`,
    ...lines.sort(),
  ];
}
