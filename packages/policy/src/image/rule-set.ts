import type { ImageTrustPolicy, Labels, Namespace, ObjectRef } from "@bulkhead/api";
import { securityApiVersion } from "@bulkhead/api";
import type { ExceptionRules } from "../exception/exceptions.ts";
import { type CompiledSelector, compileSelector } from "../selector/label-selector.ts";
import { type CompiledRequirement, compileSigning } from "./signing.ts";

export interface CompiledImagePolicy {
  readonly ref: ObjectRef;
  readonly namespaces: CompiledSelector;
  readonly mode: "Enforce" | "Warn" | "Audit";
  readonly policy: ImageTrustPolicy;
  readonly signing: readonly CompiledRequirement[];
}

/** Which policies speak for which namespace. */
export interface ImageRuleSet {
  readonly policies: readonly CompiledImagePolicy[];
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly exceptions: ExceptionRules;
}

export interface ImageObjects {
  readonly policies: readonly ImageTrustPolicy[];
  readonly namespaces: readonly Namespace[];
  readonly exceptions: ExceptionRules;
}

const nameLabel = "kubernetes.io/metadata.name";

/** Reads ImageTrustPolicies; one whose selector cannot be read trusts nothing and holds every namespace. */
export function normaliseImages({ policies, namespaces, exceptions }: ImageObjects): ImageRuleSet {
  const compiled = policies.map((policy) => ({
    ref: { apiVersion: securityApiVersion, kind: "ImageTrustPolicy", name: policy.metadata.name ?? "" },
    namespaces: compileSelector(policy.spec?.namespaceSelector ?? {}),
    mode: policy.spec?.mode ?? "Enforce",
    policy,
    signing: compileSigning(policy.spec),
  }));
  return {
    policies: compiled.sort((a, b) => (a.ref.name < b.ref.name ? -1 : 1)),
    namespaces: new Map(
      namespaces.map((n) => [n.metadata.name ?? "", { ...n.metadata.labels, [nameLabel]: n.metadata.name ?? "" }]),
    ),
    exceptions,
  };
}

/** The policies that speak for a namespace, by mode. */
export interface Speaking {
  readonly enforcing: readonly CompiledImagePolicy[];
  readonly warning: readonly CompiledImagePolicy[];
  readonly auditing: readonly CompiledImagePolicy[];
}

export function speakingFor(rules: ImageRuleSet, namespace: string): Speaking {
  const labels = rules.namespaces.get(namespace) ?? { [nameLabel]: namespace };
  const speaking = rules.policies.filter(({ namespaces }) => !namespaces.readable || namespaces.matches(labels));
  const inMode = (mode: CompiledImagePolicy["mode"]) => speaking.filter((p) => p.mode === mode);
  return { enforcing: inMode("Enforce"), warning: inMode("Warn"), auditing: inMode("Audit") };
}
