import type { LabelSelector } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

export const updateWorkloadKinds = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"] as const;

export const updateTagOrders = ["Numeric", "Semver", "Date", "Alphabetical"] as const;

/** Which tags are candidates: exactly one of the three. */
export interface TagRule {
  /** A semantic version range: `^1.27`, `>=2.0.0 <3`. */
  readonly semver?: string | undefined;
  /** Tags that begin so, the newest by `order`; "": every tag. */
  readonly prefix?: string | undefined;
  /**
   * How what follows the prefix orders. Numeric: as whole numbers, part by part; Date: as a calendar day and what follows
   * it; Alphabetical: by bytes. Default Numeric.
   */
  readonly order?: (typeof updateTagOrders)[number] | undefined;
  /** One tag whose digest moves: `1.27`, `stable`. */
  readonly digestOf?: string | undefined;
}

/** When updates may begin. */
export interface UpdateWindow {
  /** `Mon` … `Sun`; absent: every day. */
  readonly days?: readonly string[] | undefined;
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`; not after `from`: on the next day. */
  readonly to: string;
  /** An IANA name; default UTC. */
  readonly timeZone?: string | undefined;
}

export interface UpdatePolicySpec {
  /** Whose images are followed, by the workload's labels; absent or empty: every workload of the namespace. */
  readonly selector?: LabelSelector | undefined;
  readonly kinds?: readonly (typeof updateWorkloadKinds)[number][] | undefined;
  /** `registry.example/shop/*`; absent: every image of these workloads. */
  readonly images?: readonly string[] | undefined;
  readonly tags: TagRule;
  readonly windows?: readonly UpdateWindow[] | undefined;
  /** How old a candidate must be; one that mends what the policy refuses is exempt. Default 72h. */
  readonly cooldown?: string | undefined;
  /** Automatic (the default), or Required: a person says yes first. */
  readonly approval?: "Automatic" | "Required" | undefined;
  /** How long it must stay healthy before it counts as done; default 10m. */
  readonly soak?: string | undefined;
  readonly paused?: boolean | undefined;
  /** What becomes of a candidate of which nothing is known, since nothing scans: it waits (the default), or goes ahead. */
  readonly unknown?: "Wait" | "Allow" | undefined;
  /**
   * WhenNoTag: where the image lacks fixes that its distribution has, and no tag brings anything better, one is built of the
   * fixed packages, signed with the instance's key, pushed to its registry and offered like any other. Default Never.
   */
  readonly patching?: (typeof updatePatchings)[number] | undefined;
}

/** Whether images are patched where no tag mends what is known. */
export const updatePatchings = ["Never", "WhenNoTag"] as const;

/** Why a workload is updated now, or not. */
export const updateReasons = [
  "Ready",
  "RollingOut",
  "UpToDate",
  "NoMatchingTag",
  "UnknownCurrent",
  "KnownBad",
  "CoolingDown",
  "OutsideWindow",
  "Worse",
  "Refused",
  "Unsigned",
  "NotScanned",
  "ScanPending",
  "ApprovalWanted",
  "OwnedByOther",
  "PolicyPaused",
  "WorkloadPaused",
  "ScaledToZero",
  "AnotherRollout",
  "FollowedByAnother",
  "RegistryFailed",
  "BadPolicy",
] as const;
export type UpdateReason = (typeof updateReasons)[number];

/** One finding of the old image that the new one does not have. */
export interface UpdateFix {
  readonly id: string;
  readonly package: string;
  readonly severity: string;
}

/** An image that a workload could be updated to. */
export interface UpdateCandidate {
  /** With its digest. */
  readonly image: string;
  readonly tag: string;
  readonly digest: string;
  /** RFC 3339; when the loop saw the digest first. */
  readonly firstSeen: string;
  /** It mends what the policy refuses: no cooldown. */
  readonly security?: boolean | undefined;
  /** What it fixes, for a person. */
  readonly summary?: string | undefined;
  readonly findings?: { readonly before?: number | undefined; readonly after: number } | undefined;
  /** At most 64, the gravest first. */
  readonly fixes?: readonly UpdateFix[] | undefined;
}

/** One container of a workload that an UpdatePolicy follows. */
export interface WorkloadUpdate {
  readonly kind: string;
  readonly name: string;
  readonly container: string;
  /** As its template has it. */
  readonly image: string;
  readonly reason: UpdateReason;
  readonly message: string;
  /** RFC 3339: when the reason ends by itself. */
  readonly until?: string | undefined;
  /** Who writes the workload, where it is not ours to patch: `Flux`, `Argo CD`, `Helm`. */
  readonly owner?: string | undefined;
  readonly candidate?: UpdateCandidate | undefined;
}

/**
 * FirstReplica: one new pod is on its way; FirstSoak: it is to stay healthy while the rest waits; Everywhere: the rest
 * follows; LastSoak: all are to stay healthy; Finishing: what the stages changed of the workload is put back;
 * RollingBack: the old image is set again.
 */
export const updatePhases = [
  "FirstReplica",
  "FirstSoak",
  "Everywhere",
  "LastSoak",
  "Finishing",
  "RollingBack",
] as const;

/** The update under way; a policy has one at a time. */
export interface UpdateRollout {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly container: string;
  /** The image's text before, and what a rollback sets again. */
  readonly from: { readonly image: string; readonly restore: string };
  readonly to: UpdateCandidate;
  readonly phase: (typeof updatePhases)[number];
  /** RFC 3339: since when it is in this phase. */
  readonly since: string;
  readonly started: string;
  /** Another writes the workload: it is watched and never patched. */
  readonly observed?: boolean | undefined;
  /** The workload's own strategy, put back in the end; absent: it was left as it is. A StatefulSet's is its partition. */
  readonly strategy?:
    | {
        readonly maxSurge?: string | undefined;
        readonly maxUnavailable?: string | undefined;
        readonly partition?: number | undefined;
      }
    | undefined;
  /** Why it is rolled back. */
  readonly failure?: string | undefined;
}

/** A digest that failed here. It is not tried again until a person says so. */
export interface BadDigest {
  readonly repository: string;
  readonly digest: string;
  readonly tag: string;
  readonly reason: string;
  readonly workload: string;
  readonly since: string;
}

export const updateOutcomes = ["Finished", "RolledBack", "Failed", "Superseded"] as const;

/** An update that ended. Failed: it was another's workload, so that nothing was rolled back. */
export interface UpdateRecord {
  readonly workload: string;
  readonly container: string;
  readonly from: string;
  readonly to: string;
  readonly outcome: (typeof updateOutcomes)[number];
  readonly message: string;
  readonly started: string;
  readonly ended: string;
  readonly security?: boolean | undefined;
  readonly summary?: string | undefined;
}

export interface UpdatePolicyStatus {
  readonly observedGeneration?: number | undefined;
  /** RFC 3339: when the registries were asked last. */
  readonly checkedAt?: string | undefined;
  /** `updateCheckAnnotation` as it stood when that was begun: whoever wrote it knows by this that he was heard. */
  readonly check?: string | undefined;
  readonly workloads?: readonly WorkloadUpdate[] | undefined;
  /** When a digest was seen first: a cooldown counts from then, since an image's own date is its maker's word. */
  readonly seen?: readonly { readonly digest: string; readonly at: string }[] | undefined;
  readonly rollout?: UpdateRollout | undefined;
  readonly bad?: readonly BadDigest[] | undefined;
  /** The newest first, at most 32. */
  readonly history?: readonly UpdateRecord[] | undefined;
}

/**
 * What people say of digests, as annotations of an UpdatePolicy: `DIGEST=TIME`, one a word. An approval holds for that digest;
 * a retry clears what went bad before its time; a check asks the registries anew (a time alone, once for each value).
 */
export const updateApprovedAnnotation = "security.bulkhead.dev/update-approved";
export const updateRetryAnnotation = "security.bulkhead.dev/update-retry";
export const updateCheckAnnotation = "security.bulkhead.dev/update-check";

/** Which workloads of its namespace follow which tags, when and how carefully. */
export interface UpdatePolicy extends KubeObject {
  spec: UpdatePolicySpec;
  status?: UpdatePolicyStatus | undefined;
}
