import type { LabelSelector } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

export const updateWorkloadKinds = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"] as const;

/** Which tags are candidates: exactly one of the three. */
export interface TagRule {
  /** A semantic version range: `^1.27`, `>=2.0.0 <3`. */
  readonly semver?: string | undefined;
  /** Tags that begin so, the newest by `order`. */
  readonly prefix?: string | undefined;
  /** How what follows the prefix orders. Numeric: as whole numbers, part by part; default Numeric. */
  readonly order?: "Numeric" | "Semver" | "Date" | undefined;
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
}

/** Which workloads of its namespace follow which tags, when and how carefully. */
export interface UpdatePolicy extends KubeObject {
  spec: UpdatePolicySpec;
}
