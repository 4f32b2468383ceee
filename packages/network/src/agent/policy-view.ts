import type { Namespace, NetworkPolicy } from "@bulkhead/api";

const keyOf = (policy: NetworkPolicy): string => `${policy.metadata.namespace ?? ""}/${policy.metadata.name ?? ""}`;

/** Whether `a` was written later than `b`. Revisions are compared as numbers, as the store gives them. */
const isLater = (a: NetworkPolicy, b: NetworkPolicy): boolean =>
  Number(a.metadata.resourceVersion ?? 0) > Number(b.metadata.resourceVersion ?? 0);

/**
 * The NetworkPolicies to enforce: what the informer has, and besides
 * - what a birth read from the API itself, because the informer may hear of a policy after the kubelet of the pod;
 * - what was deleted while its namespace ends and pods of it are still on the network (CVE-2024-7598).
 */
export interface PolicyView {
  /** Policies of one namespace as the API just listed them. */
  learn(policies: readonly NetworkPolicy[], now: number): void;
  /** The informer says that this policy was deleted. */
  deleted(policy: NetworkPolicy): void;
  current(input: {
    readonly informed: readonly NetworkPolicy[];
    readonly namespaces: readonly Namespace[];
    readonly inhabited: ReadonlySet<string>;
    readonly now: number;
  }): NetworkPolicy[];
}

/** How long the informer may lag behind a list before it is believed that a policy is gone. */
const lagMs = 30_000;

export function createPolicyView(): PolicyView {
  const learned = new Map<string, { readonly policy: NetworkPolicy; readonly at: number }>();
  const lingering = new Map<string, NetworkPolicy>();

  return {
    learn(policies, now) {
      for (const policy of policies) learned.set(keyOf(policy), { policy, at: now });
    },
    deleted(policy) {
      learned.delete(keyOf(policy));
      lingering.set(keyOf(policy), policy);
    },
    current({ informed, namespaces, inhabited, now }) {
      const all = new Map(informed.map((policy) => [keyOf(policy), policy]));
      for (const [key, { policy, at }] of learned) {
        const known = all.get(key);
        if (known === undefined ? now - at > lagMs : !isLater(policy, known)) learned.delete(key);
        else all.set(key, policy);
      }
      const living = new Set(
        namespaces.filter((n) => n.metadata.deletionTimestamp === undefined).map((n) => n.metadata.name ?? ""),
      );
      for (const [key, policy] of lingering) {
        const namespace = policy.metadata.namespace ?? "";
        if (all.has(key) || living.has(namespace) || !inhabited.has(namespace)) lingering.delete(key);
        else all.set(key, policy);
      }
      return [...all.values()];
    },
  };
}
