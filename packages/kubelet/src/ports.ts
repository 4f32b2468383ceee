import type { Pod } from "@bulkhead/api";
import type { Verdict } from "@bulkhead/policy";

/** A pod as the network needs to know it before its first process starts. */
export interface PodLink {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Primary first. */
  readonly ips: readonly string[];
  /** The pod's link outside of its namespace. */
  readonly hostInterface: string | undefined;
  /** Path of the pod's network namespace. */
  readonly netns: string | undefined;
}

/**
 * Packet rules of pods, implemented by the network. A pod's first process starts only after `ensure` resolved, and
 * again after every new sandbox; after a restart of the agent it is called for what runs already. `remove` comes when
 * no process is left and before the address is given back. Both are repeated until they succeed.
 */
export interface PodRules {
  ensure(pod: PodLink): Promise<void>;
  remove(uid: string): Promise<void>;
}

/** policy's WorkloadVerdict is one. */
export type NodeVerdict = Verdict<"allow" | "warn" | "deny">;

export interface AdmitFacts {
  readonly nodeName: string;
  /** RFC 3339. */
  readonly now: string;
}

/**
 * The deciders, asked once more on this machine before anything of a pod starts: with its whole spec as it stands now,
 * and again when an image changes or an ephemeral container comes. `allow` and `warn` pass; while it throws, the pod waits.
 */
export type AdmitPod = (pod: Pod, facts: AdmitFacts) => NodeVerdict | Promise<NodeVerdict>;
