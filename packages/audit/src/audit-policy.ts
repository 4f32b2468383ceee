import type { AuditLevel } from "./audit-event.ts";

/** Which requests a rule is about. An absent list means any; an entry may end in `*`. */
export interface AuditPolicyRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  readonly verbs?: readonly string[];
  /** `group` "" is the core group. Resources may name a subresource: `pods/log`. */
  readonly resources?: readonly { readonly group: string; readonly resources?: readonly string[] }[];
  readonly namespaces?: readonly string[];
  /** Paths outside the resources: `/healthz*`. */
  readonly nonResourceURLs?: readonly string[];
  /** The request fails when its record cannot be kept. */
  readonly required?: boolean;
}

/** Rules in order; the first that fits decides. */
export interface AuditPolicy {
  readonly rules: readonly AuditPolicyRule[];
}

export interface AuditQuestion {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  /** Undefined: not a request for a resource, `path` says what. */
  readonly resource: { readonly group: string; readonly resource: string; readonly subresource: string } | undefined;
  readonly namespace: string;
  readonly path: string;
}

export interface AuditDecision {
  readonly level: AuditLevel;
  readonly required: boolean;
}

/** Resources whose bodies are secrets: never more than metadata, whatever a rule says. */
const secretBodies = new Set([
  "/secrets",
  "/serviceaccounts/token",
  "authentication.k8s.io/tokenreviews",
  "certificates.k8s.io/certificatesigningrequests",
]);

/**
 * Everything at Metadata, and what must not go unrecorded marked: reads of Secrets, tokens, exec and its kin,
 * impersonation of rights through RBAC's kinds. Health checks and the traffic of leases are left out.
 */
export const defaultAuditPolicy: AuditPolicy = {
  rules: [
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi*", "/metrics"] },
    {
      level: "None",
      groups: ["system:nodes"],
      resources: [{ group: "coordination.k8s.io", resources: ["leases"] }],
    },
    {
      level: "Metadata",
      required: true,
      resources: [
        { group: "", resources: ["secrets", "serviceaccounts/token", "pods/exec", "pods/attach", "pods/portforward"] },
        { group: "rbac.authorization.k8s.io" },
        { group: "security.bulkhead.dev" },
      ],
    },
    { level: "Metadata" },
  ],
};

/** What the policy says of a request. No rule fits: Metadata, so that a gap in a policy hides nothing. */
export function auditDecision(policy: AuditPolicy, question: AuditQuestion): AuditDecision {
  const rule = policy.rules.find((candidate) => fits(candidate, question));
  const level = rule?.level ?? "Metadata";
  return { level: holdsSecrets(question) && level !== "None" ? "Metadata" : level, required: rule?.required === true };
}

function holdsSecrets({ resource }: AuditQuestion): boolean {
  if (resource === undefined) return false;
  return (
    secretBodies.has(`${resource.group}/${named(resource)}`) ||
    secretBodies.has(`${resource.group}/${resource.resource}`)
  );
}

function fits(rule: AuditPolicyRule, question: AuditQuestion): boolean {
  if (rule.users !== undefined && !rule.users.some((user) => matches(user, question.user))) return false;
  if (rule.groups !== undefined && !rule.groups.some((group) => question.groups.includes(group))) return false;
  if (rule.verbs !== undefined && !rule.verbs.some((verb) => matches(verb, question.verb))) return false;
  const { resource } = question;
  if (resource === undefined) {
    if (rule.resources !== undefined || rule.namespaces !== undefined) return false;
    return rule.nonResourceURLs === undefined || rule.nonResourceURLs.some((url) => matches(url, question.path));
  }
  if (rule.nonResourceURLs !== undefined) return false;
  if (rule.namespaces !== undefined && !rule.namespaces.includes(question.namespace)) return false;
  if (rule.resources === undefined) return true;
  return rule.resources.some(
    ({ group, resources }) =>
      group === resource.group && (resources === undefined || resources.some((name) => matches(name, named(resource)))),
  );
}

function named({ resource, subresource }: { readonly resource: string; readonly subresource: string }): string {
  return subresource === "" ? resource : `${resource}/${subresource}`;
}

function matches(pattern: string, value: string): boolean {
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : pattern === value;
}
