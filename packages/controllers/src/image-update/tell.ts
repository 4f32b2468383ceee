import type { KubeObject, UpdatePolicy, UpdatePolicyStatus, UpdateReason, UpdateRollout } from "@bulkhead/api";
import type { EventRecorder } from "@bulkhead/client";
import type { RolloutPlan } from "./rollout-plan.ts";

type Told = readonly [type: "Normal" | "Warning", reason: string, message: string];

function turnOf(before: UpdateRollout, plan: RolloutPlan): Told | undefined {
  const { to, container } = before;
  const what = `${container}: ${to.image}`;
  const { record, next, failed } = plan;
  if (failed !== undefined) {
    const now = before.observed === true ? "its source is to take it back" : `${before.from.restore} is set again`;
    return [
      "Warning",
      "ImageUpdateFailed",
      `${what} failed: ${failed}; ${now}, and it is not tried again until: bulkhead update retry`,
    ];
  }
  if (record !== undefined)
    switch (record.outcome) {
      case "Finished":
        return ["Normal", "ImageUpdateFinished", `${what} stayed healthy: ${to.summary ?? "done"}`];
      case "RolledBack":
        return ["Normal", "ImageUpdateRolledBack", `${before.from.restore} runs again: ${record.message}`];
      case "Superseded":
        return ["Normal", "ImageUpdateSuperseded", `${what} is left: ${record.message}`];
      case "Failed":
        return undefined;
    }
  if (next === undefined || next.phase === before.phase) return undefined;
  switch (next.phase) {
    case "FirstSoak":
      return [
        "Normal",
        "ImageUpdateFirstReplica",
        `${what}: the first replica is available; the rest waits for its soak`,
      ];
    case "Everywhere":
      return ["Normal", "ImageUpdateEverywhere", `${what}: the first replica stayed healthy; the rest follows`];
    case "FirstReplica":
    case "LastSoak":
    case "Finishing":
    case "RollingBack":
      return undefined;
  }
}

const tell = (events: EventRecorder, about: readonly (KubeObject | undefined)[], told: Told): void => {
  for (const one of about) if (one !== undefined) events.event(one, ...told);
};

/** Tells what a turn of a rollout brought, on the policy and the workload. */
export function tellTurn(
  events: EventRecorder,
  policy: UpdatePolicy,
  workload: KubeObject | undefined,
  before: UpdateRollout,
  plan: RolloutPlan,
): void {
  const told = turnOf(before, plan);
  if (told !== undefined) tell(events, [policy, workload], told);
}

/** Reasons that somebody is waited for. */
const asking: Partial<Record<UpdateReason, string>> = {
  ApprovalWanted: "ImageUpdateAwaitsApproval",
  OwnedByOther: "ImageUpdateProposed",
};

/** Tells what a search newly found. */
export function tellFound(
  events: EventRecorder,
  policy: UpdatePolicy,
  next: UpdatePolicyStatus,
  workloads: readonly KubeObject[],
): void {
  const named = (kind: string, name: string): KubeObject | undefined =>
    workloads.find((one) => one.kind === kind && one.metadata.name === name);
  const { rollout } = next;
  if (rollout !== undefined) {
    const verb = rollout.observed === true ? "arrived" : "begins";
    const message = `${rollout.container}: ${rollout.to.image} ${verb}: ${rollout.to.summary ?? "a newer tag"}`;
    tell(events, [policy, named(rollout.kind, rollout.name)], ["Normal", "ImageUpdateStarted", message]);
  }
  for (const one of next.workloads ?? []) {
    const reason = asking[one.reason];
    const same = policy.status?.workloads?.some(
      (known) =>
        known.kind === one.kind &&
        known.name === one.name &&
        known.container === one.container &&
        known.reason === one.reason &&
        known.candidate?.digest === one.candidate?.digest,
    );
    if (reason !== undefined && same !== true)
      tell(events, [policy, named(one.kind, one.name)], ["Normal", reason, `${one.container}: ${one.message}`]);
  }
}
