import type { Exception, ImageTrustPolicy, Namespace } from "@bulkhead/api";
import { exceptions, type Informer, type InformerFactory, imageTrustPolicies, resources } from "@bulkhead/client";
import type { DefaultsMode } from "@bulkhead/host";
import { normaliseExceptions, normaliseImages, normalisePodSecurity, type WorkloadRules } from "@bulkhead/policy";

/** The deciders' rule sets, kept per change of the objects that they come from. */
export interface RuleView {
  readonly synced: Promise<void>;
  /** Rules as of now; expired Exceptions do not count. */
  rules(now: number): WorkloadRules;
  onChange(wake: () => void): void;
}

/** Copies of the objects that rules come from. */
export interface RuleInformers {
  readonly namespaces: Informer<Namespace>;
  readonly policies: Informer<ImageTrustPolicy>;
  readonly exceptions: Informer<Exception>;
}

export const ruleInformers = (informers: InformerFactory): RuleInformers => ({
  namespaces: informers.of(resources.namespaces),
  policies: informers.of(imageTrustPolicies),
  exceptions: informers.of(exceptions),
});

/** Follows Namespaces, ImageTrustPolicies and Exceptions. */
export function followRules(informers: RuleInformers, defaults: DefaultsMode): RuleView {
  const { namespaces, policies, exceptions: lifted } = informers;
  let kept: { readonly rules: WorkloadRules; readonly until: number } | undefined;
  const wakers: (() => void)[] = [];
  const changed = (): void => {
    kept = undefined;
    for (const wake of wakers) wake();
  };
  namespaces.onChange(changed);
  policies.onChange(changed);
  lifted.onChange(changed);
  return {
    synced: Promise.all([namespaces.synced, policies.synced, lifted.synced]).then(() => undefined),
    rules: (now) => {
      if (kept !== undefined && now < kept.until) return kept.rules;
      const lifting = normaliseExceptions(lifted.list(), now);
      const rules: WorkloadRules = {
        podSecurity: normalisePodSecurity({
          namespaces: namespaces.list(),
          exceptions: lifting,
          defaults: defaults === "bulkhead" ? "restricted" : "privileged",
        }),
        images: normaliseImages({ policies: policies.list(), namespaces: namespaces.list(), exceptions: lifting }),
        defaults,
      };
      // An Exception may end at any second; rule sets are cheap beside a pod's start.
      kept = { rules, until: now + 1000 };
      return rules;
    },
    onChange: (wake) => void wakers.push(wake),
  };
}
