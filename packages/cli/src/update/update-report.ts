import {
  type BadDigest,
  type UpdateCandidate,
  type UpdatePolicy,
  type UpdateReason,
  type UpdateRecord,
  type UpdateRollout,
} from "@bulkhead/api";

/** One container that a policy follows. */
export interface PlannedUpdate {
  readonly namespace: string;
  readonly policy: string;
  readonly workload: string;
  readonly container: string;
  readonly image: string;
  readonly reason: UpdateReason | "NotChecked";
  readonly message: string;
  readonly until?: string;
  readonly owner?: string;
  readonly candidate?: UpdateCandidate;
  readonly phase?: UpdateRollout["phase"];
  /** What a person may do about it. */
  readonly command?: string;
}

export interface UpdatePlan {
  readonly updates: readonly PlannedUpdate[];
}

export interface UpdateHistory {
  readonly records: readonly (UpdateRecord & { readonly namespace: string; readonly policy: string })[];
  readonly bad: readonly (BadDigest & { readonly namespace: string; readonly policy: string })[];
}

const there = <K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { [key in K]?: V });

function commandFor(reason: UpdateReason, namespace: string, policy: string): string | undefined {
  switch (reason) {
    case "ApprovalWanted":
      return `bulkhead update apply ${policy} -n ${namespace}`;
    case "OwnedByOther":
      return `bulkhead update plan -n ${namespace} -o git-patch --from DIR`;
    case "KnownBad":
      return `bulkhead update retry ${policy} -n ${namespace}`;
    default:
      return undefined;
  }
}

/** Pure. What the policies' status says, a row a container. */
export function planOf(policies: readonly UpdatePolicy[]): UpdatePlan {
  const updates = policies.flatMap((policy): PlannedUpdate[] => {
    const { namespace = "", name = "" } = policy.metadata;
    const { workloads, rollout } = policy.status ?? {};
    if (workloads === undefined) {
      const message = "no controller has looked at it yet";
      return [{ namespace, policy: name, workload: "", container: "", image: "", reason: "NotChecked", message }];
    }
    return workloads.map((one) => {
      const underWay = rollout?.name === one.name && rollout.container === one.container ? rollout : undefined;
      return {
        namespace,
        policy: name,
        workload: `${one.kind}/${one.name}`,
        container: one.container,
        image: one.image,
        reason: one.reason,
        message: one.message,
        ...there("until", one.until),
        ...there("owner", one.owner),
        ...there("candidate", underWay?.to ?? one.candidate),
        ...there("phase", underWay?.phase),
        ...there("command", commandFor(one.reason, namespace, name)),
      };
    });
  });
  return { updates };
}

/** Pure. What ended and what failed, the newest first. */
export function historyOf(policies: readonly UpdatePolicy[]): UpdateHistory {
  const at = ({ metadata }: UpdatePolicy) => ({ namespace: metadata.namespace ?? "", policy: metadata.name ?? "" });
  return {
    records: policies
      .flatMap((policy) => (policy.status?.history ?? []).map((record) => ({ ...at(policy), ...record })))
      .sort((a, b) => (a.ended < b.ended ? 1 : -1)),
    bad: policies.flatMap((policy) => (policy.status?.bad ?? []).map((entry) => ({ ...at(policy), ...entry }))),
  };
}
